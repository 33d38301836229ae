import { summarise } from '../../../shared/analysis/chunk-summary.ts'
import type { JournalEntry, RunEvent } from '../../../shared/domain/journal.ts'
import { outcomes, type Sample, type Series } from '../../../shared/domain/sample.ts'
import type { SampleColumns, SampleSource } from '../../../shared/domain/sample-columns.ts'
import type { RunRecord } from '../../engine/run-journal.ts'

/** Samples of a chunk: a summary of one decides whether the analysis reads it. */
const ticksPerChunk = 3600

/** A run's journal and samples for as long as somebody looks at them: thousands of runs leave no files behind. */
export class MemoryRecord implements RunRecord, SampleSource {
  readonly entries: JournalEntry[] = []
  #series: readonly Series[] = []
  #chunks: SampleColumns[][] = []

  get series(): readonly Series[] {
    return this.#series
  }

  append(atMs: number, event: RunEvent): Promise<JournalEntry> {
    const entry = { seq: this.entries.length + 1, atMs, event }
    this.entries.push(entry)
    return Promise.resolve(entry)
  }

  declareSeries(series: readonly Series[]): void {
    this.#series = series
    this.#chunks = series.map(() => [])
  }

  record({ index }: Series, { tick, latenessUs, rttUs, outcome }: Sample): void {
    const chunk = this.#chunkOf(index, Math.floor(tick / ticksPerChunk))
    const place = tick % ticksPerChunk
    chunk.latenessUs[place] = latenessUs
    chunk.rttUs[place] = rttUs
    chunk.outcome[place] = outcome
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  columns(series: number, fromTick = 0, toTick = Number.POSITIVE_INFINITY): readonly SampleColumns[] {
    return (this.#chunks[series] ?? []).filter(
      ({ firstTick }) => firstTick < toTick && firstTick + ticksPerChunk > fromTick,
    )
  }

  summaries(series: number, fromTick?: number, toTick?: number) {
    return this.columns(series, fromTick, toTick).map(summarise)
  }

  /** Ticks nobody recorded, before the first and after the last, are void. */
  #chunkOf(series: number, number: number): SampleColumns {
    const chunks = this.#chunks[series] ?? []
    this.#chunks[series] = chunks
    for (let next = chunks.length; next <= number; next++)
      chunks.push({
        firstTick: next * ticksPerChunk,
        latenessUs: new Int32Array(ticksPerChunk),
        rttUs: new Int32Array(ticksPerChunk),
        outcome: new Uint8Array(ticksPerChunk).fill(outcomes['void:not-recorded']),
      })
    return chunks[number] as SampleColumns
  }
}
