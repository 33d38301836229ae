import type { LockAttempt } from './cluster-file-system.ts'
import type { GuestMachine } from './guest-machine.ts'

/**
 * Hears of acts that leave no lasting trace in the state of a world, each at the moment it happens. It only
 * watches: a world goes the same way with and without one.
 */
export interface WorldWitness {
  /** A node asked for a lock of the cluster file system; `process` is the one that asks. */
  lockAsked(name: string, node: string, process: string, outcome: LockAttempt): void
  lockReleased(name: string): void
  /** A file of the cluster file system was written from that node. */
  written(node: string, file: string): void
  /** A node begins to start a guest's process. */
  guestStarts(guest: GuestMachine, node: string): void
  /** Somebody told the daemons of these nodes to expect so many votes. */
  votesExpected(nodes: readonly string[], votes: number): void
  /** Somebody may have become able or unable to reach another. */
  pathsChanged(): void
}
