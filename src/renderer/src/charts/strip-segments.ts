/** Availability strips: stretches of one class, from exact segments or from the buckets of a live run. */
import type { SeriesBuckets, StripSegment } from '../../../shared/domain/series-buckets.ts'
import type { TimeWindow } from './time-window.ts'

export type StripClass = StripSegment['class']

/**
 * Joins buckets into stretches. One bad probe makes its bucket bad: a strip may show an outage too wide by
 * a bucket, but never hides one. Buckets without any sample are left out.
 */
export function segmentsOfBuckets(buckets: SeriesBuckets): readonly StripSegment[] {
  const segments: StripSegment[] = []
  buckets.ok.forEach((_, index) => {
    const found = classOfBucket(buckets, index)
    if (found === undefined) return
    const fromMs = buckets.startMs + (buckets.first + index) * buckets.bucketMs
    const toMs = fromMs + buckets.bucketMs
    const previous = segments.at(-1)
    if (previous?.class === found && previous.toMs === fromMs)
      segments[segments.length - 1] = { ...previous, toMs }
    else segments.push({ fromMs, toMs, class: found })
  })
  return segments
}

function classOfBucket(buckets: SeriesBuckets, index: number): StripClass | undefined {
  if ((buckets.bad[index] ?? 0) > 0) return 'bad'
  if ((buckets.void[index] ?? 0) > 0) return 'void'
  if ((buckets.late[index] ?? 0) > 0) return 'late'
  return (buckets.ok[index] ?? 0) > 0 ? 'ok' : undefined
}

/** The part of the segments inside a window given in the same time axis. */
export function clipSegments(segments: readonly StripSegment[], window: TimeWindow): readonly StripSegment[] {
  return segments
    .filter(({ fromMs, toMs }) => toMs > window.fromMs && fromMs < window.toMs)
    .map((segment) => ({
      class: segment.class,
      fromMs: Math.max(segment.fromMs, window.fromMs),
      toMs: Math.min(segment.toMs, window.toMs),
    }))
}

/** The same segments counted from another origin. */
export function shiftSegments(segments: readonly StripSegment[], originMs: number): readonly StripSegment[] {
  return segments.map((segment) => ({
    class: segment.class,
    fromMs: segment.fromMs - originMs,
    toMs: segment.toMs - originMs,
  }))
}

/** Seconds spent in each class, and how many separate stretches were down. */
export function stripTotals(segments: readonly StripSegment[]): {
  readonly seconds: Readonly<Record<StripClass, number>>
  readonly downs: number
} {
  const seconds: Record<StripClass, number> = { ok: 0, late: 0, bad: 0, void: 0 }
  for (const segment of segments) seconds[segment.class] += (segment.toMs - segment.fromMs) / 1000
  return { seconds, downs: segments.filter((segment) => segment.class === 'bad').length }
}
