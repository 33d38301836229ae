/** From a run's journal and samples to its result table. */
import { type JournalEntry, type RunState, runStateOf } from '../domain/journal.ts'
import { planWindowSeconds } from '../domain/plan.ts'
import type { FaultResult, GuestResult, OutageResult, RunResults } from '../domain/results.ts'
import type { RunSpec } from '../domain/run.ts'
import { type Series, scheduledMsOf } from '../domain/sample.ts'
import type { SampleSource } from '../domain/sample-columns.ts'
import { availabilityOf, primarySeriesOf } from './availability.ts'
import {
  type FaultSpan,
  faultOf,
  faultResultsOf,
  faultSpansOf,
  type GuestScans,
  hitsGuest,
} from './faults.ts'
import { lintsOf } from './lints.ts'
import { type SeriesScan, scanSeries } from './outages.ts'
import { lostRecordsOf, recordLossesOf } from './record-losses.ts'
import type { Window } from './sample-scan.ts'
import { median } from './statistics.ts'

export interface AnalysedRun {
  readonly spec: RunSpec
  readonly entries: readonly JournalEntry[]
  readonly series: readonly Series[]
  readonly samples: SampleSource
  /** Availability the paper prints for a guest in this trial and group; null where it has none. */
  readonly publishedPercentOf: (guest: string) => number | null
}

/**
 * The measured window on the run's time axis: as planned, or up to where a cancelled run closed it, or up to the
 * last sample of a run that was interrupted. Empty before the window was opened.
 */
export function windowOf(
  { spec, series, samples }: Pick<AnalysedRun, 'spec' | 'series' | 'samples'>,
  state: RunState,
): Window {
  const fromMs = state.windowOpenedAtMs ?? 0
  const plannedMs = state.windowOpenedAtMs === undefined ? 0 : planWindowSeconds(spec.plan) * 1000
  const seenToMs = state.windowClosedAtMs ?? Math.max(fromMs, ...series.map((item) => endOf(item, samples)))
  return { fromMs, toMs: Math.min(fromMs + plannedMs, seenToMs) }
}

/** End of the last interval the series has a sample for. */
function endOf(series: Series, samples: SampleSource): number {
  let end = 0
  for (const { firstTick, count } of samples.summaries(series.index)) end = firstTick + count
  return scheduledMsOf(series, end)
}

export function resultsOf(run: AnalysedRun): RunResults {
  const { spec, entries, series, samples } = run
  const state = runStateOf(entries)
  const window = windowOf(run, state)
  const scans = series.map((item) => scanSeries(samples, item, window))
  const guests = spec.lab.guests.flatMap(({ id }) => guestScansOf(id, series, scans))
  const spans = faultSpansOf(state, window.toMs)
  const recordLosses = recordLossesOf(entries, spans, window)
  const faults = faultResultsOf({ state, entries, guests, spans, recordLosses })
  const guestResults = guests.map((guest) => ({
    ...guestResultOf(run, guest, faults, spans),
    lostRecords: lostRecordsOf(recordLosses, guest.guest),
  }))
  const control = scans.find((scan) => scan.series.subject === 'control')
  return {
    windowSeconds: (window.toMs - window.fromMs) / 1000,
    faultsInjected: spans.length,
    guests: guestResults,
    faults,
    recordLosses,
    lints: lintsOf({ spec, state, guests: guestResults, faults, control }),
  }
}

function guestScansOf(
  guest: string,
  series: readonly Series[],
  scans: readonly SeriesScan[],
): readonly GuestScans[] {
  const primarySeries = primarySeriesOf(series, guest)
  const primary = scans.find((scan) => scan.series === primarySeries)
  return primary ? [{ guest, primary, all: scans.filter((scan) => scan.series.subject === guest) }] : []
}

function guestResultOf(
  { spec, publishedPercentOf }: AnalysedRun,
  { guest, primary }: GuestScans,
  faults: readonly FaultResult[],
  spans: readonly FaultSpan[],
): Omit<GuestResult, 'lostRecords'> {
  const availability = availabilityOf(primary)
  const hitDowntimes = faults.flatMap((fault) =>
    fault.guests
      .filter((effect) => effect.guest === guest && effect.hit && !effect.censored)
      .map(({ downtimeLowSeconds, downtimeHighSeconds }) => (downtimeLowSeconds + downtimeHighSeconds) / 2),
  )
  return {
    trial: spec.trial,
    group: spec.group,
    guest,
    guestName: spec.lab.guests.find(({ id }) => id === guest)?.name ?? guest,
    faults: spans.length,
    hits: spans.filter(({ fault }) => hitsGuest(fault, guest)).length,
    probe: primary.series.kind,
    intervalMs: primary.series.intervalMs,
    windowSeconds: availability.windowMs / 1000,
    voidSeconds: availability.voidMs / 1000,
    availabilityPercent: availability.percent,
    availabilityLowPercent: availability.lowPercent,
    availabilityHighPercent: availability.highPercent,
    paperAvailabilityPercent: availability.paperPercent,
    publishedPercent: publishedPercentOf(guest),
    downtimeSeconds: availability.downtimeMs / 1000,
    medianDowntimePerHitSeconds: median(hitDowntimes) ?? null,
    minDowntimePerHitSeconds: hitDowntimes.length > 0 ? Math.min(...hitDowntimes) : null,
    maxDowntimePerHitSeconds: hitDowntimes.length > 0 ? Math.max(...hitDowntimes) : null,
    counts: availability.counts,
    outages: primary.episodes.map((episode) => outageOf(episode, primary, spans)),
  }
}

function outageOf(
  episode: SeriesScan['episodes'][number],
  { series, window }: SeriesScan,
  spans: readonly FaultSpan[],
): OutageResult {
  const cause = faultOf(episode, spans, series.deadlineMs)
  return {
    ...(cause ? { fault: cause.fault.id } : {}),
    fromMs: episode.firstBadMs,
    toMs: episode.firstGoodMs ?? window.toMs,
    lowSeconds: episode.lowMs / 1000,
    highSeconds: episode.highMs / 1000,
    censored: episode.censored,
  }
}
