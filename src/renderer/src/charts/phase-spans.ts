/** The phases of a plan as stretches on the time axis. */
import type { JournalEntry } from '../../../shared/domain/journal.ts'
import type { Phase, PhaseId } from '../../../shared/domain/plan.ts'

export interface PhaseSpan {
  readonly phase: PhaseId
  /** Milliseconds after the window opened. */
  readonly fromMs: number
  readonly toMs: number
}

/** As planned: one after the other from the opening of the window. */
export function plannedPhaseSpans(phases: readonly Phase[]): readonly PhaseSpan[] {
  let at = 0
  return phases.map(({ id, durationSeconds }) => {
    const fromMs = at
    at += durationSeconds * 1000
    return { phase: id, fromMs, toMs: at }
  })
}

/** As journalled; a phase that has not ended yet reaches to `nowMs` (counted from the same origin). */
export function journalledPhaseSpans(
  entries: readonly JournalEntry[],
  originMs: number,
  nowMs: number,
): readonly PhaseSpan[] {
  const spans: PhaseSpan[] = []
  for (const { atMs, event } of entries) {
    if (event.type === 'phase-started')
      spans.push({ phase: event.phase, fromMs: atMs - originMs, toMs: Math.max(nowMs, atMs - originMs) })
    if (event.type === 'phase-ended') {
      const last = spans.at(-1)
      if (last?.phase === event.phase) spans[spans.length - 1] = { ...last, toMs: atMs - originMs }
    }
  }
  return spans
}
