/** A series condensed for charts: counts per class and round-trip bounds, so that no outlier can disappear. */
import { outcomeClassOf, type Series, scheduledMsOf } from '../domain/sample.ts'
import type { ChunkSummary, SampleColumns, SampleSource } from '../domain/sample-columns.ts'
import type { SeriesBuckets } from '../domain/series-buckets.ts'
import { ticksWithin, type Window } from './sample-scan.ts'

/** Length of a bucket so that at most `maxBuckets` cover the window and each holds whole intervals. */
export function bucketMsOf(window: Window, maxBuckets: number, intervalMs: number): number {
  const shortestMs = (window.toMs - window.fromMs) / Math.max(1, maxBuckets)
  return Math.max(1, Math.ceil(shortestMs / intervalMs - 1e-9)) * intervalMs
}

/** At most `maxBuckets` buckets over the window. A chunk that falls into one bucket is taken by its summary. */
export function bucketsOf(
  source: SampleSource,
  series: Series,
  window: Window,
  maxBuckets: number,
): SeriesBuckets {
  const bucketMs = bucketMsOf(window, maxBuckets, series.intervalMs)
  const { from, to } = ticksWithin(series, window)
  const buckets = new BucketColumns(Math.max(0, Math.ceil((window.toMs - window.fromMs) / bucketMs - 1e-9)))
  const bucketAt = (tick: number) =>
    Math.floor((scheduledMsOf(series, tick) - window.fromMs) / bucketMs + 1e-9)
  for (const run of runsOf([...source.summaries(series.index, from, to)], from, to, bucketAt)) {
    if (run.bucket !== undefined) for (const summary of run.summaries) buckets.addSummary(run.bucket, summary)
    else {
      const first = run.summaries[0]?.firstTick ?? from
      const last = run.summaries.at(-1)
      const end = last ? last.firstTick + last.count : first
      for (const columns of source.columns(series.index, first, end))
        buckets.addSamples(columns, from, to, bucketAt)
    }
  }
  return { series: series.index, startMs: window.fromMs, bucketMs, first: 0, ...buckets.finished() }
}

interface SummaryRun {
  /** The bucket all of the run falls into; undefined where samples have to be read. */
  readonly bucket: number | undefined
  readonly summaries: ChunkSummary[]
}

/** Neighbouring chunks that are treated alike, so that samples are fetched in few steps. */
function runsOf(
  summaries: readonly ChunkSummary[],
  fromTick: number,
  toTick: number,
  bucketAt: (tick: number) => number,
): readonly SummaryRun[] {
  const runs: SummaryRun[] = []
  for (const summary of summaries) {
    const { firstTick, count } = summary
    const isInside = firstTick >= fromTick && firstTick + count <= toTick
    const first = bucketAt(firstTick)
    const bucket = isInside && first === bucketAt(firstTick + count - 1) ? first : undefined
    const last = runs.at(-1)
    if (last && last.bucket === bucket) last.summaries.push(summary)
    else runs.push({ bucket, summaries: [summary] })
  }
  return runs
}

class BucketColumns {
  readonly #ok: number[]
  readonly #late: number[]
  readonly #bad: number[]
  readonly #void: number[]
  readonly #rttMinUs: (number | null)[]
  readonly #rttMaxUs: (number | null)[]
  readonly #rttSumUs: number[]

  constructor(count: number) {
    const zeros = () => new Array<number>(count).fill(0)
    const nulls = () => new Array<number | null>(count).fill(null)
    this.#ok = zeros()
    this.#late = zeros()
    this.#bad = zeros()
    this.#void = zeros()
    this.#rttSumUs = zeros()
    this.#rttMinUs = nulls()
    this.#rttMaxUs = nulls()
  }

  addSummary(bucket: number, summary: ChunkSummary): void {
    increase(this.#ok, bucket, summary.ok)
    increase(this.#late, bucket, summary.late)
    increase(this.#bad, bucket, summary.bad)
    increase(this.#void, bucket, summary.void)
    if (summary.rttMinUs === null || summary.rttMaxUs === null) return
    this.#addRoundTrips(bucket, summary.rttMinUs, summary.rttMaxUs, summary.rttSumUs)
  }

  addSamples(
    columns: SampleColumns,
    fromTick: number,
    toTick: number,
    bucketAt: (tick: number) => number,
  ): void {
    const { firstTick, outcome, rttUs } = columns
    const start = Math.max(0, fromTick - firstTick)
    const end = Math.min(outcome.length, toTick - firstTick)
    for (let index = start; index < end; index++) {
      const bucket = bucketAt(firstTick + index)
      const kind = outcomeClassOf(outcome[index] ?? 0)
      if (kind === 'ok') {
        const rtt = rttUs[index] ?? 0
        increase(this.#ok, bucket, 1)
        this.#addRoundTrips(bucket, rtt, rtt, rtt)
      } else increase(kind === 'late' ? this.#late : kind === 'bad' ? this.#bad : this.#void, bucket, 1)
    }
  }

  finished(): Pick<SeriesBuckets, 'ok' | 'late' | 'bad' | 'void' | 'rttMinUs' | 'rttMaxUs' | 'rttMeanUs'> {
    const ok = this.#ok
    return {
      ok,
      late: this.#late,
      bad: this.#bad,
      void: this.#void,
      rttMinUs: this.#rttMinUs,
      rttMaxUs: this.#rttMaxUs,
      rttMeanUs: this.#rttSumUs.map((sum, bucket) => (ok[bucket] ? sum / (ok[bucket] ?? 1) : null)),
    }
  }

  #addRoundTrips(bucket: number, minUs: number, maxUs: number, sumUs: number): void {
    increase(this.#rttSumUs, bucket, sumUs)
    this.#rttMinUs[bucket] = Math.min(this.#rttMinUs[bucket] ?? minUs, minUs)
    this.#rttMaxUs[bucket] = Math.max(this.#rttMaxUs[bucket] ?? maxUs, maxUs)
  }
}

function increase(counts: number[], bucket: number, by: number): void {
  counts[bucket] = (counts[bucket] ?? 0) + by
}
