/** Round-trip times and loss of one series, one point per bucket; nothing is averaged away (minimum and maximum stay). */
import type { SeriesBuckets } from '../../../shared/domain/series-buckets.ts'

export interface RttPoint {
  /** Start and end of the bucket, in milliseconds after `originMs`. */
  readonly fromMs: number
  readonly toMs: number
  /** Milliseconds; null where no good answer came, drawn as a gap. */
  readonly minMs: number | null
  readonly meanMs: number | null
  readonly maxMs: number | null
  /** Share of probes without a good answer in time, void left out; null when every probe was void. */
  readonly lossPercent: number | null
  readonly sent: number
  readonly lost: number
  readonly void: number
}

export function rttPointsOf(buckets: SeriesBuckets, originMs: number): readonly RttPoint[] {
  const points: RttPoint[] = []
  buckets.ok.forEach((ok, index) => {
    const lost = (buckets.bad[index] ?? 0) + (buckets.late[index] ?? 0)
    const voids = buckets.void[index] ?? 0
    const sent = ok + lost
    if (sent + voids === 0) return
    const fromMs = buckets.startMs + (buckets.first + index) * buckets.bucketMs - originMs
    points.push({
      fromMs,
      toMs: fromMs + buckets.bucketMs,
      minMs: millis(buckets.rttMinUs[index]),
      meanMs: millis(buckets.rttMeanUs[index]),
      maxMs: millis(buckets.rttMaxUs[index]),
      lossPercent: sent === 0 ? null : (100 * lost) / sent,
      sent,
      lost,
      void: voids,
    })
  })
  return points
}

function millis(us: number | null | undefined): number | null {
  return us === null || us === undefined ? null : us / 1000
}

/** Extremes over all points, for the sentence under the chart. */
export function rttSummaryOf(points: readonly RttPoint[]): {
  readonly minMs: number | null
  readonly maxMs: number | null
  readonly lost: number
  readonly sent: number
} {
  let minMs: number | null = null
  let maxMs: number | null = null
  let lost = 0
  let sent = 0
  for (const point of points) {
    if (point.minMs !== null && (minMs === null || point.minMs < minMs)) minMs = point.minMs
    if (point.maxMs !== null && (maxMs === null || point.maxMs > maxMs)) maxMs = point.maxMs
    lost += point.lost
    sent += point.sent
  }
  return { minMs, maxMs, lost, sent }
}
