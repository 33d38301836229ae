import type { World } from '../world/world.ts'
import type { WorldWitness } from '../world/world-witness.ts'
import type { StateChange } from './state-fingerprint.ts'

/** Names of what must hold, whatever is done to a lab; texts of their violations are in the catalogues. */
export type InvariantId =
  | 'one-process-per-guest'
  | 'quorum-before-action'
  | 'min-size-before-write'
  | 'one-holder-per-lock'
  | 'no-write-lost'
  | 'recovery-or-obstacle'

/** Something that must never be, with what a reader needs to find it. */
export interface Violation {
  /** `sound-model`: an assertion failed, or something was thrown that nobody expects. */
  readonly invariant: InvariantId | 'sound-model'
  /** The lab's time. */
  readonly atMs: number
  /** What it happened to: a guest, a node, a lock. */
  readonly subject: string
  /** What was seen, in the words of the lab's own logs. */
  readonly observed: string
}

export interface InvariantPlace {
  readonly world: World
  /** The same subject is reported once. */
  report(subject: string, observed: string): void
}

/**
 * One property. It hears of every act that concerns it, and looks at the state whenever something that such a
 * property can depend on has changed. It relies on as little of what it checks as it can: quorum is counted from
 * the cables, the age of a lock from what the monitor itself has seen.
 */
export interface Invariant extends Partial<WorldWitness> {
  /** Called after every event that changed power, paths, processes or maps. */
  stateChanged?(change: StateChange): void
  /** Called about once a second of the lab's time. */
  timePassed?(): void
}
