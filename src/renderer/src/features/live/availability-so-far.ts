/** Share of answered probes since the window opened: a first look, not the result (that is weighted by time). */
import { primarySeriesOf } from '../../../../shared/analysis/availability.ts'
import type { Series } from '../../../../shared/domain/sample.ts'
import type { LiveRun } from './live-run.ts'

export interface AvailabilitySoFar {
  readonly guest: string
  readonly series: Series
  /** Null while every probe was invalid. */
  readonly percent: number | null
  readonly voids: number
}

/** One row per guest, from its ping series where there is one. */
export function availabilitySoFar(run: LiveRun): readonly AvailabilitySoFar[] {
  const openedAtMs = run.state.windowOpenedAtMs
  if (openedAtMs === undefined) return []
  return guestSeriesOf(run.state.series).flatMap((series) => {
    const buckets = run.buckets.get(series.index)
    if (buckets === undefined) return []
    let good = 0
    let known = 0
    let voids = 0
    buckets.ok.forEach((ok, index) => {
      const endMs = buckets.startMs + (buckets.first + index + 1) * buckets.bucketMs
      if (endMs <= openedAtMs) return
      good += ok
      known += ok + (buckets.late[index] ?? 0) + (buckets.bad[index] ?? 0)
      voids += buckets.void[index] ?? 0
    })
    return [{ guest: series.subject, series, percent: known === 0 ? null : (100 * good) / known, voids }]
  })
}

/** The series each guest's figures come from, as in the results. */
function guestSeriesOf(all: readonly Series[]): readonly Series[] {
  const guests = new Set(all.map(({ subject }) => subject).filter((subject) => subject !== 'control'))
  return [...guests].flatMap((guest) => primarySeriesOf(all, guest) ?? [])
}
