/** The stretch of time a chart shows, in milliseconds after the measured window opened, and how it is moved. */

export interface TimeWindow {
  readonly fromMs: number
  readonly toMs: number
}

/** Nothing finer than the fastest probe can be told apart, so the closest look is ten seconds. */
export const closestSpanMs = 10_000

export type WindowMove = 'closer' | 'wider' | 'earlier' | 'later' | 'whole'

/** The next window after pressing one of the buttons; always inside `whole`. */
export function moveWindow(shown: TimeWindow, move: WindowMove, whole: TimeWindow): TimeWindow {
  const span = shown.toMs - shown.fromMs
  const middle = (shown.fromMs + shown.toMs) / 2
  switch (move) {
    case 'closer':
      return windowAround(middle, span / 2, whole)
    case 'wider':
      return windowAround(middle, span * 2, whole)
    case 'earlier':
      return windowAround(middle - span / 2, span, whole)
    case 'later':
      return windowAround(middle + span / 2, span, whole)
    case 'whole':
      return whole
  }
}

/** A window of the wished length around a moment, pushed back inside `whole`. */
export function windowAround(middleMs: number, wishedSpanMs: number, whole: TimeWindow): TimeWindow {
  const wholeSpan = whole.toMs - whole.fromMs
  const span = Math.min(wholeSpan, Math.max(Math.min(closestSpanMs, wholeSpan), wishedSpanMs))
  const fromMs = Math.min(Math.max(middleMs - span / 2, whole.fromMs), whole.toMs - span)
  return { fromMs, toMs: fromMs + span }
}

export function sameWindow(a: TimeWindow, b: TimeWindow): boolean {
  return a.fromMs === b.fromMs && a.toMs === b.toMs
}
