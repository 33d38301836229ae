/** Rows of the availability strip from the series of a run. */
import type { Series } from '../../../shared/domain/sample.ts'
import type { SeriesBuckets, StripSegment } from '../../../shared/domain/series-buckets.ts'
import type { StripRow } from './availability-strip.tsx'
import { clipSegments, shiftSegments } from './strip-segments.ts'
import type { TimeWindow } from './time-window.ts'

export interface StripNames {
  readonly nameOf: (guest: string) => string
  /** Label of the address that must always answer. */
  readonly control: string
}

/** What is known of one series, on the run's time axis. */
export interface SeriesView {
  readonly segments: readonly StripSegment[]
  readonly buckets: SeriesBuckets | undefined
}

/**
 * One row per series; the probes of one guest stand together. What lies outside the measured window (`whole`,
 * counted from `originMs`) is cut off.
 */
export function stripRowsOf(
  all: readonly Series[],
  viewOf: (series: Series) => SeriesView,
  originMs: number,
  whole: TimeWindow,
  names: StripNames,
): readonly StripRow[] {
  return bySubject(all).map((series) => {
    const { segments, buckets } = viewOf(series)
    return {
      key: String(series.index),
      label: seriesLabel(series, all, names),
      probe: series.kind,
      intervalMs: series.intervalMs,
      lostSeconds: (countedFrom(buckets, originMs, lostIn) * series.intervalMs) / 1000,
      voidSeconds: (countedFrom(buckets, originMs, voidIn) * series.intervalMs) / 1000,
      segments: clipSegments(shiftSegments(segments, originMs), whole),
    }
  })
}

/** The guest's name, with the kind of probe where the guest has several. */
export function seriesLabel(series: Series, all: readonly Series[], { nameOf, control }: StripNames): string {
  const name = series.subject === 'control' ? control : nameOf(series.subject)
  const siblings = all.filter(({ subject }) => subject === series.subject)
  return siblings.length > 1 ? `${name} ${series.kind.toUpperCase()}` : name
}

/** Guests in the order in which they first appear, the control address last. */
export function bySubject(all: readonly Series[]): readonly Series[] {
  const subjects = [...new Set(all.map(({ subject }) => subject))]
  const place = (subject: string): number =>
    subject === 'control' ? subjects.length : subjects.indexOf(subject)
  return all.toSorted((a, b) => place(a.subject) - place(b.subject) || a.index - b.index)
}

function countedFrom(
  buckets: SeriesBuckets | undefined,
  originMs: number,
  countIn: (buckets: SeriesBuckets, index: number) => number,
): number {
  if (buckets === undefined) return 0
  let sum = 0
  for (let index = 0; index < buckets.ok.length; index += 1) {
    const endMs = buckets.startMs + (buckets.first + index + 1) * buckets.bucketMs
    if (endMs > originMs) sum += countIn(buckets, index)
  }
  return sum
}

function lostIn(buckets: SeriesBuckets, index: number): number {
  return (buckets.bad[index] ?? 0) + (buckets.late[index] ?? 0)
}

function voidIn(buckets: SeriesBuckets, index: number): number {
  return buckets.void[index] ?? 0
}
