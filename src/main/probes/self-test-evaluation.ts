/** Compares what the probes measured with what was injected. Measured by the same function as every report. */
import { summarise } from '../../shared/analysis/chunk-summary.ts'
import { type Episode, scanSeries } from '../../shared/analysis/outages.ts'
import { outcomeClassOf, type Series } from '../../shared/domain/sample.ts'
import type { SampleColumns, SampleSource } from '../../shared/domain/sample-columns.ts'
import type { SelfTestRow, SelfTestTiming } from '../../shared/domain/self-test.ts'

/** One series with the outages of the service it watched, on one time axis. */
export interface WatchedService {
  readonly series: Series
  readonly columns: SampleColumns
  readonly truth: readonly { readonly fromMs: number; readonly toMs: number }[]
}

export type SelfTestGroup = Pick<SelfTestRow, 'kind' | 'fault' | 'intervalMs' | 'lengthSeconds'>

/** How far from an outage, in intervals, an episode may lie and still be its trace. */
const reachIntervals = 1.5

interface Measured {
  readonly trueMs: number
  readonly isSeen: boolean
  readonly isCensored: boolean
  readonly isCovered: boolean
  readonly errorMs: number
}

/** Half an interval: the standard error of one outage at the worst phase, and many of them average below it. */
export function biasBoundSeconds(intervalMs: number): number {
  return intervalMs / 2000
}

export function evaluateGroup(group: SelfTestGroup, services: readonly WatchedService[]): SelfTestRow {
  const measured = services.flatMap(measureService)
  const usable = measured.filter(({ isCensored }) => !isCensored)
  const errors = usable.map(({ errorMs }) => errorMs / 1000)
  const biasSeconds = errors.length === 0 ? null : mean(errors)
  const boundSeconds = biasBoundSeconds(group.intervalMs)
  return {
    ...group,
    injected: measured.length,
    seen: measured.filter(({ isSeen }) => isSeen).length,
    censored: measured.length - usable.length,
    covered: usable.filter(({ isCovered }) => isCovered).length,
    biasSeconds,
    spreadSeconds: biasSeconds === null ? null : Math.sqrt(mean(errors.map((e) => (e - biasSeconds) ** 2))),
    expectedSpreadSeconds: expectedSpread(measured, group.intervalMs),
    boundSeconds,
    passed: biasSeconds !== null && Math.abs(biasSeconds) <= boundSeconds,
  }
}

/** Spread over random phase of count times interval: sqrt(f (1 - f)) intervals, for the lengths that really were. */
function expectedSpread(measured: readonly Measured[], intervalMs: number): number {
  if (measured.length === 0) return 0
  const variances = measured.map(({ trueMs }) => {
    const fraction = (trueMs / intervalMs) % 1
    return fraction * (1 - fraction)
  })
  return (intervalMs / 1000) * Math.sqrt(mean(variances))
}

function measureService(service: WatchedService): readonly Measured[] {
  const episodes = episodesOf(service)
  return service.truth.map((outage) => {
    const trueMs = outage.toMs - outage.fromMs
    const own = episodes.filter((episode) => belongsTo(episode, outage, service.series.intervalMs))
    const lowMs = own.reduce((sum, episode) => sum + episode.lowMs, 0)
    const highMs = own.reduce((sum, episode) => sum + episode.highMs, 0)
    return {
      trueMs,
      isSeen: own.length > 0,
      isCensored: own.some(({ censored }) => censored),
      // Not seen: below one interval, says the record.
      isCovered: own.length === 0 ? trueMs <= service.series.intervalMs : lowMs <= trueMs && trueMs <= highMs,
      errorMs: (lowMs + highMs) / 2 - trueMs,
    }
  })
}

function belongsTo(
  episode: Episode,
  outage: { readonly fromMs: number; readonly toMs: number },
  intervalMs: number,
): boolean {
  const reachMs = reachIntervals * intervalMs
  return episode.lastBadMs >= outage.fromMs - reachMs && episode.firstBadMs <= outage.toMs + reachMs
}

function episodesOf({ series, columns }: WatchedService): readonly Episode[] {
  const source: SampleSource = { columns: () => [columns], summaries: () => [summarise(columns)] }
  const toMs = series.originMs + (columns.firstTick + columns.outcome.length) * series.intervalMs
  return scanSeries(source, series, { fromMs: series.originMs, toMs }).episodes
}

export function evaluateTiming(
  { kind, intervalMs }: Pick<SelfTestTiming, 'kind' | 'intervalMs'>,
  services: readonly WatchedService[],
): SelfTestTiming {
  const latenessMs: number[] = []
  const rttMs: number[] = []
  let samples = 0
  let voids = 0
  for (const { columns } of services) {
    columns.outcome.forEach((code, index) => {
      const outcomeClass = outcomeClassOf(code)
      samples++
      if (outcomeClass === 'void') voids++
      else latenessMs.push((columns.latenessUs[index] ?? 0) / 1000)
      if (outcomeClass === 'ok') rttMs.push((columns.rttUs[index] ?? 0) / 1000)
    })
  }
  latenessMs.sort((a, b) => a - b)
  rttMs.sort((a, b) => a - b)
  return {
    kind,
    intervalMs,
    samples,
    void: voids,
    spurious: services.reduce((sum, service) => sum + spuriousOf(service), 0),
    latenessP50Ms: quantile(latenessMs, 0.5),
    latenessP99Ms: quantile(latenessMs, 0.99),
    rttP50Ms: quantile(rttMs, 0.5),
    rttP99Ms: quantile(rttMs, 0.99),
  }
}

function spuriousOf(service: WatchedService): number {
  return episodesOf(service).filter(
    (episode) => !service.truth.some((outage) => belongsTo(episode, outage, service.series.intervalMs)),
  ).length
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The value below which `share` of the sorted values lie; null when there are none. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null
}
