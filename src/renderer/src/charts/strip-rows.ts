/** Rows of the availability strip from the series of a run. */
import type { Series } from '../../../shared/domain/sample.ts'
import type { StripSegment } from '../../../shared/domain/series-buckets.ts'
import type { StripRow } from './availability-strip.tsx'
import { clipSegments, shiftSegments } from './strip-segments.ts'
import type { TimeWindow } from './time-window.ts'

export interface StripNames {
  readonly nameOf: (guest: string) => string
  /** Label of the address that must always answer. */
  readonly control: string
}

/**
 * One row per series, in their order. `segmentsOf` gives them on the run's time axis; what lies outside the
 * measured window (`whole`, counted from `originMs`) is cut off.
 */
export function stripRowsOf(
  all: readonly Series[],
  segmentsOf: (series: Series) => readonly StripSegment[],
  originMs: number,
  whole: TimeWindow,
  names: StripNames,
): readonly StripRow[] {
  return all.map((series) => ({
    key: String(series.index),
    label: seriesLabel(series, all, names),
    probe: series.kind,
    intervalMs: series.intervalMs,
    segments: clipSegments(shiftSegments(segmentsOf(series), originMs), whole),
  }))
}

/** The guest's name, with the kind of probe where the guest has several. */
export function seriesLabel(series: Series, all: readonly Series[], { nameOf, control }: StripNames): string {
  const name = series.subject === 'control' ? control : nameOf(series.subject)
  const siblings = all.filter(({ subject }) => subject === series.subject)
  return siblings.length > 1 ? `${name} ${series.kind.toUpperCase()}` : name
}
