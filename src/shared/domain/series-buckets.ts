/** A series of samples condensed for charts: equal stretches of time, nothing hidden (counts, minimum, maximum). */
export interface SeriesBuckets {
  readonly series: number
  /** Start of bucket 0 on the run's time axis, and the length of each bucket. */
  readonly startMs: number
  readonly bucketMs: number
  /** Index of the first bucket in the arrays below; live frames send only what changed. */
  readonly first: number
  readonly ok: readonly number[]
  readonly late: readonly number[]
  readonly bad: readonly number[]
  readonly void: readonly number[]
  /** Round-trip times of good answers in microseconds; null where there was none. */
  readonly rttMinUs: readonly (number | null)[]
  readonly rttMaxUs: readonly (number | null)[]
  readonly rttMeanUs: readonly (number | null)[]
}

/** A stretch in which one series kept one class; the availability strip draws these. */
export interface StripSegment {
  readonly fromMs: number
  readonly toMs: number
  readonly class: 'ok' | 'late' | 'bad' | 'void'
}
