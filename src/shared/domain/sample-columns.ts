/** Samples of one series as columns, and their summaries: what run files store and analysis reads. */

/** Samples of one series over a stretch of ticks without gaps; entry i belongs to tick `firstTick + i`. */
export interface SampleColumns {
  readonly firstTick: number
  readonly latenessUs: Int32Array
  readonly rttUs: Int32Array
  readonly outcome: Uint8Array
}

/** What a stretch of samples holds, without the samples. Round-trip times are those of good answers. */
export interface ChunkSummary {
  readonly firstTick: number
  readonly count: number
  readonly ok: number
  readonly late: number
  readonly bad: number
  readonly void: number
  /** Null when no answer in the stretch was good. */
  readonly rttMinUs: number | null
  readonly rttMaxUs: number | null
  readonly rttSumUs: number
}

/** Where analysis takes samples from: a run file open for reading, or columns in memory. */
export interface SampleSource {
  /** Stretches of one series in tick order, those that overlap [fromTick, toTick). */
  columns(series: number, fromTick?: number, toTick?: number): Iterable<SampleColumns>
  /** The same stretches as `columns`, summarised; much cheaper than reading the samples. */
  summaries(series: number, fromTick?: number, toTick?: number): Iterable<ChunkSummary>
}
