/** Run files: one run, one file, append only. */
import type { JournalEntry, RunEvent } from '../../shared/domain/journal.ts'
import type { Sample, Series } from '../../shared/domain/sample.ts'
import type { SampleSource } from '../../shared/domain/sample-columns.ts'
import type { LabSession } from './lab-session.ts'

/**
 * Facts about the machine and the moment: who, when, with what. Hash chained in the file, but not part of the
 * run's digest, which must be equal wherever the same run is repeated.
 */
export interface SessionFacts {
  readonly kind: 'started' | 'resumed'
  readonly wallTime: string
  readonly appVersion: string
  readonly nodeVersion: string
  readonly platform: string
  readonly cpu: string
  readonly cpuCount: number
  readonly memoryMiB: number
}

/**
 * `now`: somebody waits for it. `soon`: within a tenth of a second of real time, with what comes meanwhile, or along
 * with something more urgent; what is written so costs a fraction of the waits for the disk.
 */
export type WriteUrgency = 'now' | 'soon'

/** A run file open for writing; at most one writer per file. */
export interface RunWriter {
  readonly path: string
  /**
   * Appends to the journal; resolves when the entry is on disk. While a resumed run repeats its past, an entry
   * equal to the stored one is accepted without writing, a different one rejects with `run-file.diverged`.
   * `run-ended` is the last entry; it takes everything recorded before to disk with it. Who does not wait for an
   * entry learns from `flush` or `close` that it failed; after a failure nothing more is written. `urgency` is `now`
   * where it is left out.
   */
  append(atMs: number, event: RunEvent, urgency?: WriteUrgency): Promise<JournalEntry>
  /** Declares the series samples belong to; once, before the first sample. */
  declareSeries(series: readonly Series[]): void
  /**
   * Buffers a sample. Samples reach the disk soon after a chunk is full and at least every 5 s of real time; `flush`
   * forces them. A tick that is stored already must be equal (else `run-file.diverged`); ticks left out become
   * `void:not-recorded`.
   */
  record(series: Series, sample: Sample): void
  /** Resolves when everything appended or recorded before is on disk. Rejects with what failed since the last call. */
  flush(): Promise<void>
  /** Flushes, and closes. Returns the SHA-256 over plan, events and samples (hex), nothing of the machine in it. */
  close(): Promise<{ readonly journalSha256: string }>
}

/**
 * A run file open for reading. Never writes, never runs anything from the file. Of a run that is still going on it
 * shows what was on disk when it was opened.
 */
export interface RunReader extends SampleSource {
  readonly path: string
  readonly sessions: readonly SessionFacts[]
  entries(): readonly JournalEntry[]
  series(): readonly Series[]
  /** Set when the run has ended. */
  readonly journalSha256: string | undefined
  close(): void
}

export interface VerifyReport {
  readonly path: string
  readonly entries: number
  readonly samples: number
  readonly sessions: readonly SessionFacts[]
  readonly journalSha256: string
  readonly complete: boolean
}

export interface RunStore {
  /**
   * Rejects with `input.file-exists` rather than overwrite. The file appears when the first entry is on disk (or
   * with the first flush, or close): what is found under its name can always be continued.
   */
  create(path: string, session: SessionFacts): Promise<RunWriter>
  /**
   * Reopens an unfinished run; `run-file.already-complete` when it has ended. With `replay` (the default) what is
   * appended and recorded repeats the stored past first; with `continue` it follows it.
   */
  reopen(path: string, session: SessionFacts, resumption?: LabSession['resumption']): Promise<RunWriter>
  /** Opens read-only after checking size, schema and integrity. Rejects with a `run-file.*` Problem. */
  read(path: string): RunReader
  /** Reads everything, checks the hash chain and every chunk. Throws a `run-file.*` Problem. */
  verify(path: string): VerifyReport
}
