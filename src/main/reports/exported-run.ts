import type { JournalEntry } from '../../shared/domain/journal.ts'
import type { RunResults } from '../../shared/domain/results.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { Series } from '../../shared/domain/sample.ts'
import type { SampleSource } from '../../shared/domain/sample-columns.ts'
import type { SessionFacts } from '../contracts/run-store.ts'

/** Everything an export may show of a run. */
export interface ExportedRun {
  readonly spec: RunSpec
  readonly entries: readonly JournalEntry[]
  readonly series: readonly Series[]
  readonly samples: SampleSource
  readonly sessions: readonly SessionFacts[]
  readonly journalSha256: string | undefined
  readonly results: RunResults
}

/**
 * Seconds since the measured window opened, negative before it. Tables carry run time only: a simulated run has
 * no time of day, and a real one is aligned by the session's wall time, which the JSON export holds.
 */
export function windowSecondsOf(run: Pick<ExportedRun, 'entries'>): (atMs: number) => number {
  const openedAtMs = run.entries.find(({ event }) => event.type === 'window-opened')?.atMs ?? 0
  return (atMs) => (atMs - openedAtMs) / 1000
}
