import type { JournalEntry, RunEvent } from '../../shared/domain/journal.ts'
import type { Sample, Series } from '../../shared/domain/sample.ts'
import { ProblemError, problem } from '../../shared/problems/problem.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import type { RunRecord } from '../engine/run-journal.ts'

/**
 * A run file in memory, with the promises of a real one: entries in order, durable some time after the call,
 * and a repeated past compared instead of written. What is in `entries` counts as being on disk.
 */
export class MemoryRun implements RunRecord {
  readonly entries: JournalEntry[]
  readonly samples = new Map<number, Sample[]>()
  series: readonly Series[] = []
  /** Called when a new entry has just reached the disk, before its writer hears of it. */
  onDurable: (entry: JournalEntry) => void = () => {}
  /** The disk from entry number `fullFrom` on is full. */
  fullFrom = Number.POSITIVE_INFINITY
  /** Entries from this number on never reach the disk, nor fail. */
  stuckFrom = Number.POSITIVE_INFINITY
  #appended = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(stored: readonly JournalEntry[] = []) {
    this.entries = [...stored]
  }

  append(atMs: number, event: RunEvent): Promise<JournalEntry> {
    const write = this.#queue.then(() => this.#write(atMs, structuredClone(event)))
    this.#queue = write.catch(() => {})
    return write
  }

  declareSeries(series: readonly Series[]): void {
    this.series = series
    for (const { index } of series) if (!this.samples.has(index)) this.samples.set(index, [])
  }

  record(series: Series, sample: Sample): void {
    this.samples.get(series.index)?.push(sample)
  }

  flush(): Promise<void> {
    return this.#queue.then(() => {})
  }

  /** The disk as another session finds it, which may repeat the past (`replay`) or only add to it. */
  reopened(resumption: 'replay' | 'continue'): MemoryRun {
    const run = new MemoryRun(this.entries)
    if (resumption === 'replay') return run
    run.#appended = this.entries.length
    for (const [index, samples] of this.samples) run.samples.set(index, [...samples])
    return run
  }

  async #write(atMs: number, event: RunEvent): Promise<JournalEntry> {
    await new Promise((resolve) => setImmediate(resolve))
    const seq = this.#appended + 1
    if (seq >= this.stuckFrom) await new Promise(() => {})
    if (seq >= this.fullFrom) throw new ProblemError(problem('run-file.write-failed', { path: 'memory' }))
    const entry: JournalEntry = { seq, atMs, event }
    const stored = this.entries[seq - 1]
    if (stored !== undefined && canonicalJson(stored) !== canonicalJson(entry))
      throw new ProblemError(
        problem(
          'run-file.diverged',
          { path: 'memory', seq },
          `${canonicalJson(stored)} ${canonicalJson(entry)}`,
        ),
      )
    this.#appended = seq
    if (stored === undefined) {
      this.entries.push(entry)
      this.onDurable(entry)
    }
    return entry
  }
}
