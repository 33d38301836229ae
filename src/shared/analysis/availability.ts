/** Availability of a guest over a window, with its bounds, and the plain form the papers print. */
import type { Series } from '../domain/sample.ts'
import type { SampleCounts, SeriesScan } from './outages.ts'

export interface Availability {
  readonly windowMs: number
  readonly voidMs: number
  /** Bounds of the downtime inside the window, void time left out, and their mean. */
  readonly downtimeLowMs: number
  readonly downtimeHighMs: number
  readonly downtimeMs: number
  /** Time weighted, in percent of the window without void time; null when too much of the window is void. */
  readonly percent: number | null
  readonly lowPercent: number | null
  readonly highPercent: number | null
  /** (T - downtime) / T with one interval for each lost probe, as the papers compute it; void counts as up. */
  readonly paperPercent: number
  readonly expected: number
  readonly counts: SampleCounts
}

/** With more of the window unknown than this, a percentage would be a guess. */
const voidShareLimit = 0.01

export function availabilityOf({ series, window, expected, counts, episodes }: SeriesScan): Availability {
  const windowMs = window.toMs - window.fromMs
  const voidMs = Math.min(windowMs, counts.void * series.intervalMs)
  const knownMs = windowMs - voidMs
  let downtimeLowMs = 0
  let downtimeHighMs = 0
  for (const { lowMs, lastGoodMs, firstGoodMs, outerVoidMs } of episodes) {
    const startMs = Math.max(window.fromMs, lastGoodMs ?? window.fromMs)
    const endMs = Math.min(window.toMs, firstGoodMs ?? window.toMs)
    const highMs = Math.max(0, endMs - startMs - outerVoidMs)
    downtimeHighMs += highMs
    downtimeLowMs += Math.min(lowMs, highMs)
  }
  downtimeHighMs = Math.min(downtimeHighMs, knownMs)
  downtimeLowMs = Math.min(downtimeLowMs, downtimeHighMs)
  const downtimeMs = (downtimeLowMs + downtimeHighMs) / 2
  const tooMuchVoid = knownMs <= 0 || voidMs > voidShareLimit * windowMs
  const percentOf = (downMs: number) => (tooMuchVoid ? null : 100 * (1 - downMs / knownMs))
  const lostMs = Math.min(windowMs, (counts.bad + counts.late) * series.intervalMs)
  return {
    windowMs,
    voidMs,
    downtimeLowMs,
    downtimeHighMs,
    downtimeMs,
    percent: percentOf(downtimeMs),
    lowPercent: percentOf(downtimeHighMs),
    highPercent: percentOf(downtimeLowMs),
    paperPercent: windowMs > 0 ? 100 * (1 - lostMs / windowMs) : 100,
    expected,
    counts,
  }
}

/** Downtime in seconds that an availability over a window stands for. */
export function downtimeSecondsOf(percent: number, windowSeconds: number): number {
  return windowSeconds * (1 - percent / 100)
}

/**
 * Decimals of a percentage that the probes can carry: one interval is the finest step, and a decimal more would
 * print differences that were not measured. Two for 1 Hz over 12 h, three for 10 Hz.
 */
export function meaningfulDecimals(intervalMs: number, windowMs: number): number {
  if (windowMs <= 0) return 0
  return Math.max(0, Math.min(4, Math.floor(-Math.log10((100 * intervalMs) / windowMs))))
}

/** The series a guest's figures come from: ping as in the papers, else its first kind of probe. */
export function primarySeriesOf(series: readonly Series[], subject: string): Series | undefined {
  const own = series.filter((item) => item.subject === subject)
  return own.find(({ kind }) => kind === 'icmp') ?? own[0]
}
