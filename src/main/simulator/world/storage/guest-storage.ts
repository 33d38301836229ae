import type { LabStorage } from '../../../../shared/domain/lab.ts'
import type { LossCause } from '../../../../shared/domain/record-loss.ts'
import type { RecordRange, RecordSet } from './record-set.ts'

/** How a process let go of its disk: all written and closed, or it or its node died. */
export type DiskEnd = 'orderly' | 'lost'

/** What a move of a disk to another node takes: nothing but time for the volume, or why it cannot be. */
export type DiskMove = { readonly refusal: string } | { readonly copyMiB: number }

/**
 * The disk of one guest, as the guest, its agents and the cluster's recovery meet it. The process that uses
 * it is at one node at most; `node` is always the one from which the disk is used.
 */
export interface GuestDisk {
  /** Undefined: it lies outside the lab. */
  readonly storage: LabStorage | undefined
  /** Reads and writes of a process on that node, which has the disk open, are answered now. */
  answers(node: string): boolean
  /** A task that opens the disk there goes on now; else it waits. */
  opens(node: string): boolean
  /** Why a start there fails, in the words of the task; asked when the task would end. */
  startRefusal(node: string): string | undefined
  /** A process there has the disk from now on. */
  open(node: string): void
  close(node: string, end: DiskEnd): void
  /** Whether the guest can move, and how much of the disk has to be copied; `live` means that it goes on running. */
  planMove(from: string, to: string, live: boolean): DiskMove
  /** The disk was moved as planned; a process that has it open is at `to` now. */
  move(from: string, to: string): void
  /** Records the storage has acknowledged to the process, evenly between the two moments of the lab's clock. */
  keep(records: RecordRange, fromMs: number, toMs: number): void
  /** A path between two machines may have come or gone, or a machine stopped. */
  pathsChanged?(): void
  /** What a process finds on the disk it has open, or had open last. */
  readonly content: RecordSet
}

/** What a storage tells the ledger of. */
export interface DiskListener {
  /** Called before copies of the disk change places or contents: all that was acknowledged until now went to the old ones. */
  settle(): void
  /** The process finds another content than before, at that node. */
  contentChanged(node: string, cause: LossCause): void
}
