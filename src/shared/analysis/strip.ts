/** The availability strip: stretches in which a series kept one class, few enough to see twelve hours at a glance. */
import { type OutcomeClass, outcomeClassOf, type Series, scheduledMsOf } from '../domain/sample.ts'
import type { SampleSource } from '../domain/sample-columns.ts'
import type { StripSegment } from '../domain/series-buckets.ts'
import { stretchesOf, ticksWithin, type Window } from './sample-scan.ts'

/** Worse classes win where several share a place, so that an outage is never hidden by what surrounds it. */
const severity: Readonly<Record<OutcomeClass, number>> = { ok: 0, void: 1, late: 2, bad: 3 }

/**
 * Segments without gaps over the window; a sample stands for the interval that begins when it is due, and time
 * without samples is void. With more than `maxSegments` of them, the window is divided into that many equal
 * cells, each shown with the worst class in it.
 */
export function stripOf(
  source: SampleSource,
  series: Series,
  window: Window,
  maxSegments: number,
): readonly StripSegment[] {
  const segments = exactSegments(source, series, window)
  return segments.length <= maxSegments ? segments : coarsened(segments, window, maxSegments)
}

function exactSegments(source: SampleSource, series: Series, window: Window): readonly StripSegment[] {
  const { from, to } = ticksWithin(series, window)
  const strip = new Strip(window.fromMs)
  const dueMs = (tick: number) => (tick <= from ? window.fromMs : scheduledMsOf(series, tick))
  let next = from
  const fillTo = (tick: number) => {
    if (tick > next) strip.extend(dueMs(tick), 'void')
  }
  for (const stretch of stretchesOf(source, series.index, from, to)) {
    if (stretch.kind === 'good') {
      const { firstTick, count } = stretch.summary
      fillTo(firstTick)
      next = firstTick + count
      strip.extend(dueMs(next), 'ok')
      continue
    }
    const { firstTick, outcome } = stretch.columns
    fillTo(firstTick)
    const end = Math.min(to, firstTick + outcome.length)
    for (let tick = Math.max(from, firstTick); tick < end; tick++)
      strip.extend(dueMs(tick + 1), outcomeClassOf(outcome[tick - firstTick] ?? 0))
    next = Math.max(next, end)
  }
  strip.extend(window.toMs, next >= to ? strip.lastClass : 'void')
  return strip.segments(window.toMs)
}

class Strip {
  readonly #segments: { fromMs: number; toMs: number; class: OutcomeClass }[] = []
  #endMs: number

  constructor(startMs: number) {
    this.#endMs = startMs
  }

  get lastClass(): OutcomeClass {
    return this.#segments.at(-1)?.class ?? 'void'
  }

  extend(toMs: number, kind: OutcomeClass): void {
    if (toMs <= this.#endMs) return
    const last = this.#segments.at(-1)
    if (last?.class === kind) last.toMs = toMs
    else this.#segments.push({ fromMs: this.#endMs, toMs, class: kind })
    this.#endMs = toMs
  }

  /** Cut at the end of the window: the last interval may reach beyond it. */
  segments(endMs: number): readonly StripSegment[] {
    return this.#segments.map((segment) => ({ ...segment, toMs: Math.min(segment.toMs, endMs) }))
  }
}

function coarsened(
  segments: readonly StripSegment[],
  { fromMs, toMs }: Window,
  cells: number,
): readonly StripSegment[] {
  const cellMs = (toMs - fromMs) / cells
  const worst = new Array<OutcomeClass>(cells).fill('ok')
  for (const segment of segments) {
    const first = Math.floor((segment.fromMs - fromMs) / cellMs)
    const last = Math.min(cells - 1, Math.ceil((segment.toMs - fromMs) / cellMs) - 1)
    for (let cell = first; cell <= last; cell++)
      if (severity[segment.class] > severity[worst[cell] ?? 'ok']) worst[cell] = segment.class
  }
  const strip = new Strip(fromMs)
  worst.forEach((kind, cell) => {
    strip.extend(cell === cells - 1 ? toMs : fromMs + (cell + 1) * cellMs, kind)
  })
  return strip.segments(toMs)
}
