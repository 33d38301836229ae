/** Where a run stands in its measured window. Pauses move the end: they are no part of the planned time. */
import type { FaultState, JournalEntry } from '../../../../shared/domain/journal.ts'
import type { PlannedFault } from '../../../../shared/domain/plan.ts'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { LiveRun } from './live-run.ts'

export interface RunClock {
  /** On the run's time axis. */
  readonly openedAtMs: number
  readonly endsAtMs: number
  readonly leftSeconds: number
  /** 0 to 1 of the planned time. */
  readonly share: number
}

/** Undefined before the window has opened. */
export function runClockOf(run: LiveRun): RunClock | undefined {
  const { spec, windowOpenedAtMs, windowClosedAtMs } = run.state
  if (spec === undefined || windowOpenedAtMs === undefined) return undefined
  const plannedMs = planWindowSeconds(spec.plan) * 1000
  const pausedMs = pausedMsOf(run.entries, run.nowMs)
  // A run that is stopping ends when its open fault is healed, which nobody knows beforehand.
  const dueMs = isOver(run) ? run.nowMs : windowOpenedAtMs + plannedMs + pausedMs
  const endsAtMs = windowClosedAtMs ?? dueMs
  const leftMs = Math.max(0, endsAtMs - run.nowMs)
  const doneMs = Math.min(plannedMs, Math.max(0, run.nowMs - windowOpenedAtMs - pausedMs))
  return {
    openedAtMs: windowOpenedAtMs,
    endsAtMs,
    leftSeconds: leftMs / 1000,
    share: plannedMs === 0 ? 1 : doneMs / plannedMs,
  }
}

/** Nothing of the plan will happen any more. */
function isOver({ state }: LiveRun): boolean {
  return state.cancelRequested || state.status === 'ended'
}

/** Pauses since the window opened; one that goes on lasts until `nowMs`. */
export function pausedMsOf(entries: readonly JournalEntry[], nowMs: number): number {
  let pausedMs = 0
  let sinceMs: number | undefined
  for (const { atMs, event } of entries) {
    if (event.type === 'window-opened') pausedMs = 0
    else if (event.type === 'schedule-paused') sinceMs = atMs
    else if (event.type === 'schedule-continued' && sinceMs !== undefined) {
      pausedMs += atMs - sinceMs
      sinceMs = undefined
    }
  }
  return sinceMs === undefined ? pausedMs : pausedMs + Math.max(0, nowMs - sinceMs)
}

export interface NextFault {
  readonly ordinal: number
  readonly fault: PlannedFault
  readonly state: FaultState
  /** Planned moment; negative when it waits for its gate. The jitter comes on top. */
  readonly inSeconds: number
  readonly jitterSeconds: number
}

/** The first fault that has not begun; undefined when none is left, none will come, or the window is not open. */
export function nextFaultOf(run: LiveRun): NextFault | undefined {
  const { spec, faults, windowOpenedAtMs } = run.state
  if (spec === undefined || windowOpenedAtMs === undefined || isOver(run)) return undefined
  const index = faults.findIndex(({ status }) => status === 'planned' || status === 'waiting')
  const state = faults[index]
  const fault = spec.plan.faults[index]
  if (state === undefined || fault === undefined) return undefined
  const dueMs = windowOpenedAtMs + pausedMsOf(run.entries, run.nowMs) + fault.atSeconds * 1000
  return {
    ordinal: index + 1,
    fault,
    state,
    inSeconds: (dueMs - run.nowMs) / 1000,
    jitterSeconds: fault.jitterSeconds,
  }
}

/** The fault that hurts the lab right now. */
export function openFaultOf(
  run: LiveRun,
): { readonly ordinal: number; readonly state: FaultState } | undefined {
  const index = run.state.faults.findIndex(
    ({ status }) => status === 'aimed' || status === 'injected' || status === 'healing',
  )
  const state = run.state.faults[index]
  return state === undefined ? undefined : { ordinal: index + 1, state }
}

export function injectedCountOf(run: LiveRun): number {
  return run.state.faults.filter(({ injectedAtMs }) => injectedAtMs !== undefined).length
}
