/**
 * From the samples of a series to its downtime episodes.
 *
 * An episode is a maximal run of bad and late samples. From its sends: `b1` the first and `bn` the last bad one,
 * `g0` the last good one before and `g1` the first good one after. The true downtime lies between `bn - b1` and
 * `g1 - g0`; their mean is the number of bad samples times the interval when the schedule was kept. A late answer
 * counts as bad at the moment it was asked for. Void samples say nothing: an episode that touches one is censored.
 */
import { outcomes, type Series, scheduledMsOf } from '../domain/sample.ts'
import type { SampleColumns, SampleSource } from '../domain/sample-columns.ts'
import { stretchesOf, ticksWithin, type Window } from './sample-scan.ts'

/** How many bad samples in a row open an episode, and how many good ones close it. */
export interface Hysteresis {
  readonly badToOpen: number
  readonly goodToClose: number
}

/** The plain record: every bad sample counts. */
const noHysteresis: Hysteresis = { badToOpen: 1, goodToClose: 1 }

export interface Episode {
  readonly firstBadMs: number
  readonly lastBadMs: number
  /** Null when the window began, or ended, before a good sample was seen. */
  readonly lastGoodMs: number | null
  readonly firstGoodMs: number | null
  readonly badSamples: number
  /** Void time between first and last bad sample, and between last and first good one. */
  readonly innerVoidMs: number
  readonly outerVoidMs: number
  /** Bounds of the true downtime. Void time is left out of the lower and part of the upper bound. */
  readonly lowMs: number
  readonly highMs: number
  /** True when one of its ends is not known: it touches void time or an end of the window. */
  readonly censored: boolean
}

export interface SampleCounts {
  readonly ok: number
  readonly late: number
  readonly bad: number
  readonly void: number
}

/** What one series says about a window. `counts` add up to `expected`: a tick without sample counts as void. */
export interface SeriesScan {
  readonly series: Series
  readonly window: Window
  readonly expected: number
  readonly counts: SampleCounts
  readonly episodes: readonly Episode[]
}

export function scanSeries(
  source: SampleSource,
  series: Series,
  window: Window,
  hysteresis: Hysteresis = noHysteresis,
): SeriesScan {
  const { from, to } = ticksWithin(series, window)
  const scan = new EpisodeScan(series, window, hysteresis)
  for (const stretch of stretchesOf(source, series.index, from, to)) {
    if (stretch.kind === 'good') scan.skipGood(stretch.summary.ok)
    else scan.read(stretch.columns, from, to)
  }
  return scan.end(to - from)
}

class EpisodeScan {
  readonly #series: Series
  readonly #window: Window
  readonly #hysteresis: Hysteresis
  readonly #episodes: Episode[] = []
  #ok = 0
  #late = 0
  #bad = 0
  #isOpen = false
  #badInRow = 0
  #goodInRow = 0
  #lastGoodMs: number | null = null
  #firstGoodMs = 0
  #firstBadMs = 0
  #lastBadMs = 0
  #badSamples = 0
  /** Void ticks since the last sample that was not void, and those inside and around the episode. */
  #voidTicks = 0
  #innerVoidTicks = 0
  #outerVoidTicks = 0

  constructor(series: Series, window: Window, hysteresis: Hysteresis) {
    this.#series = series
    this.#window = window
    this.#hysteresis = hysteresis
  }

  skipGood(count: number): void {
    this.#ok += count
  }

  read(columns: SampleColumns, fromTick: number, toTick: number): void {
    const { firstTick, latenessUs, outcome } = columns
    const start = Math.max(0, fromTick - firstTick)
    const end = Math.min(outcome.length, toTick - firstTick)
    for (let index = start; index < end; index++) {
      const code = outcome[index] ?? outcomes['void:not-recorded']
      if (code >= outcomes['void:missed']) {
        this.#voidTicks++
        continue
      }
      const sentMs = scheduledMsOf(this.#series, firstTick + index) + (latenessUs[index] ?? 0) / 1000
      if (code === outcomes.ok) this.#good(sentMs)
      else this.#notGood(sentMs, code === outcomes.late)
      this.#voidTicks = 0
    }
  }

  end(expected: number): SeriesScan {
    if (this.#isOpen) this.#close(null, this.#voidTicks)
    const counted = this.#ok + this.#late + this.#bad
    const counts = { ok: this.#ok, late: this.#late, bad: this.#bad, void: expected - counted }
    return { series: this.#series, window: this.#window, expected, counts, episodes: this.#episodes }
  }

  #good(sentMs: number): void {
    this.#ok++
    this.#badInRow = 0
    if (this.#isOpen) {
      this.#goodInRow++
      if (this.#goodInRow === 1) {
        this.#firstGoodMs = sentMs
        this.#outerVoidTicks += this.#voidTicks
      }
      if (this.#goodInRow < this.#hysteresis.goodToClose) return
      this.#close(this.#firstGoodMs, 0)
    }
    this.#lastGoodMs = sentMs
  }

  #notGood(sentMs: number, isLate: boolean): void {
    if (isLate) this.#late++
    else this.#bad++
    this.#badInRow++
    if (this.#isOpen) {
      this.#goodInRow = 0
      this.#innerVoidTicks += this.#voidTicks
    } else if (this.#badInRow === 1) {
      this.#firstBadMs = sentMs
      this.#badSamples = 0
      this.#innerVoidTicks = 0
      this.#outerVoidTicks = this.#voidTicks
    } else {
      this.#innerVoidTicks += this.#voidTicks
    }
    this.#badSamples++
    this.#lastBadMs = sentMs
    if (this.#badInRow >= this.#hysteresis.badToOpen) this.#isOpen = true
  }

  #close(firstGoodMs: number | null, trailingVoidTicks: number): void {
    const { intervalMs } = this.#series
    const innerVoidMs = this.#innerVoidTicks * intervalMs
    const outerVoidMs = innerVoidMs + (this.#outerVoidTicks + trailingVoidTicks) * intervalMs
    const endMs = firstGoodMs ?? this.#window.toMs
    const startMs = this.#lastGoodMs ?? this.#window.fromMs
    this.#episodes.push({
      firstBadMs: this.#firstBadMs,
      lastBadMs: this.#lastBadMs,
      lastGoodMs: this.#lastGoodMs,
      firstGoodMs,
      badSamples: this.#badSamples,
      innerVoidMs,
      outerVoidMs,
      lowMs: Math.max(0, this.#lastBadMs - this.#firstBadMs - innerVoidMs),
      highMs: Math.max(0, endMs - startMs),
      censored: firstGoodMs === null || this.#lastGoodMs === null || outerVoidMs > 0,
    })
    this.#isOpen = false
    this.#badInRow = 0
    this.#goodInRow = 0
  }
}
