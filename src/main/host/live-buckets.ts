/** Chart buckets of a run while it is going on, kept as samples arrive, so that followers only get what changed. */
import { outcomeClassOf, type Sample, type Series, scheduledMsOf } from '../../shared/domain/sample.ts'
import type { SeriesBuckets } from '../../shared/domain/series-buckets.ts'

/** Buckets over the whole window; twelve hours become one bucket a minute. */
const bucketsPerWindow = 720

export function liveBucketMs(windowMs: number, shortestIntervalMs: number): number {
  return Math.max(shortestIntervalMs, Math.ceil(windowMs / bucketsPerWindow / 1000) * 1000)
}

interface Columns {
  readonly ok: number[]
  readonly late: number[]
  readonly bad: number[]
  readonly void: number[]
  readonly rttMinUs: (number | null)[]
  readonly rttMaxUs: (number | null)[]
  readonly rttSumUs: number[]
}

export class LiveBuckets {
  readonly #bucketMs: number
  readonly #columns = new Map<number, Columns>()

  constructor(bucketMs: number) {
    this.#bucketMs = bucketMs
  }

  record(series: Series, sample: Sample): void {
    let columns = this.#columns.get(series.index)
    if (columns === undefined) {
      columns = { ok: [], late: [], bad: [], void: [], rttMinUs: [], rttMaxUs: [], rttSumUs: [] }
      this.#columns.set(series.index, columns)
    }
    const bucket = Math.floor(scheduledMsOf(series, sample.tick) / this.#bucketMs)
    while (columns.ok.length <= bucket) addBucket(columns)
    const kind = outcomeClassOf(sample.outcome)
    columns[kind][bucket] = (columns[kind][bucket] ?? 0) + 1
    if (kind !== 'ok') return
    const { rttUs } = sample
    columns.rttSumUs[bucket] = (columns.rttSumUs[bucket] ?? 0) + rttUs
    columns.rttMinUs[bucket] = Math.min(columns.rttMinUs[bucket] ?? rttUs, rttUs)
    columns.rttMaxUs[bucket] = Math.max(columns.rttMaxUs[bucket] ?? rttUs, rttUs)
  }

  /** A cursor that starts at the beginning; each call of the function returns what changed since the one before. */
  follow(): () => readonly SeriesBuckets[] {
    const sentUpTo = new Map<number, number>()
    return () => {
      const changed: SeriesBuckets[] = []
      for (const [series, columns] of this.#columns) {
        const first = sentUpTo.get(series) ?? 0
        if (columns.ok.length === 0) continue
        changed.push(this.#slice(series, columns, first))
        // The last bucket may still grow, so it is sent again.
        sentUpTo.set(series, columns.ok.length - 1)
      }
      return changed
    }
  }

  #slice(series: number, columns: Columns, first: number): SeriesBuckets {
    const okCounts = columns.ok.slice(first)
    return {
      series,
      startMs: 0,
      bucketMs: this.#bucketMs,
      first,
      ok: okCounts,
      late: columns.late.slice(first),
      bad: columns.bad.slice(first),
      void: columns.void.slice(first),
      rttMinUs: columns.rttMinUs.slice(first),
      rttMaxUs: columns.rttMaxUs.slice(first),
      rttMeanUs: columns.rttSumUs
        .slice(first)
        .map((sum, index) => ((okCounts[index] ?? 0) === 0 ? null : sum / (okCounts[index] ?? 1))),
    }
  }
}

function addBucket(columns: Columns): void {
  columns.ok.push(0)
  columns.late.push(0)
  columns.bad.push(0)
  columns.void.push(0)
  columns.rttMinUs.push(null)
  columns.rttMaxUs.push(null)
  columns.rttSumUs.push(0)
}
