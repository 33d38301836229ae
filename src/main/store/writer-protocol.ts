/** Messages between a run's writer in the program and the worker that holds the file. */
import type { Problem } from '../../shared/problems/problem.ts'

export type WriterMode =
  | { readonly kind: 'create' }
  /** `replay`: what is appended repeats the stored past first. `continue`: it follows the stored past. */
  | { readonly kind: 'reopen'; readonly resumption: 'replay' | 'continue' }

/** Given to the worker as its data. `session` is the canonical JSON of the session's facts. */
export interface WriterTask {
  readonly path: string
  readonly mode: WriterMode
  readonly session: string
}

export type WriterOperation =
  /** `body` is the canonical JSON of the event. */
  | {
      readonly kind: 'append'
      readonly seq: number
      readonly atMs: number
      readonly body: string
      readonly endsRun: boolean
    }
  /** Canonical JSON of each series, in the order of their numbers. */
  | { readonly kind: 'declare'; readonly series: readonly string[] }
  /** Samples of consecutive ticks, as `columnsIn` lays them out: one buffer costs a fraction of three to send. */
  | {
      readonly kind: 'samples'
      readonly series: number
      readonly firstTick: number
      readonly count: number
      readonly columns: ArrayBuffer
    }
  /** Writes chunks that are not full yet as well. */
  | { readonly kind: 'sync' }

export type WriterRequest =
  /** `commits`: this and everything before it goes to disk, and is answered. */
  | {
      readonly kind: 'write'
      readonly ticket: number
      readonly operations: readonly WriterOperation[]
      readonly commits: boolean
    }
  | { readonly kind: 'close' }

export type WriterReply =
  /** `nextSeq` is the number of the next entry, 1 while a stored past is repeated. */
  | { readonly kind: 'ready'; readonly nextSeq: number }
  /** Everything up to this ticket is on disk; after each request that commits. */
  | { readonly kind: 'done'; readonly ticket: number }
  /** Nothing after the last `done` is on disk, and nothing more will be. */
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'closed'; readonly journalSha256: string }
