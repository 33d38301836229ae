/**
 * The journal of a run and its fold. Screen, report and resume all read the same events through
 * `runStateOf`, so that they cannot disagree. `atMs` counts from the opening of the lab on the run's
 * monotonic (or virtual) clock; the measured window starts with `window-opened`.
 */
import type { Problem } from '../problems/problem.ts'
import type { FaultKind, PhaseId } from './plan.ts'
import type { RunSpec } from './run.ts'
import type { Series } from './sample.ts'

/** Resolved aim of a fault: pure data, written before any harm is done. */
export interface FaultTarget {
  readonly node: string
  readonly rule: string
  /** Guests that run on the node when the fault is aimed. */
  readonly guests: readonly string[]
  readonly wasCrmMaster: boolean
}

/** A condition that keeps a fault from being injected. */
export type GateObstacle =
  | { readonly kind: 'no-quorum'; readonly present: number; readonly expected: number }
  | { readonly kind: 'ha-not-armed' }
  | { readonly kind: 'node-offline'; readonly node: string }
  | { readonly kind: 'guest-not-running'; readonly guest: string }
  | { readonly kind: 'pgs-not-clean'; readonly activeClean: number; readonly placementGroups: number }
  | { readonly kind: 'probe-not-ok'; readonly subject: string; readonly probe: string }

export type RunOutcome = 'completed' | 'cancelled' | 'failed'

export type RunEvent =
  | { readonly type: 'run-started'; readonly spec: RunSpec }
  | { readonly type: 'series-declared'; readonly series: readonly Series[] }
  | { readonly type: 'steady-state-waiting'; readonly obstacles: readonly GateObstacle[] }
  | { readonly type: 'window-opened' }
  | { readonly type: 'phase-started' | 'phase-ended'; readonly phase: PhaseId }
  | { readonly type: 'gate-waiting'; readonly fault: string; readonly obstacles: readonly GateObstacle[] }
  | { readonly type: 'gate-passed'; readonly fault: string; readonly waitedMs: number }
  | {
      readonly type: 'fault-aimed'
      readonly fault: string
      readonly kind: FaultKind
      readonly target: FaultTarget
    }
  | { readonly type: 'fault-injected'; readonly fault: string }
  | { readonly type: 'fault-healing'; readonly fault: string }
  | { readonly type: 'fault-healed'; readonly fault: string }
  | {
      readonly type: 'fault-skipped'
      readonly fault: string
      readonly reason: 'gate-timeout' | 'user' | 'cancelled' | 'no-target'
    }
  | { readonly type: 'schedule-paused' | 'schedule-continued' }
  | { readonly type: 'cancel-requested' }
  /** A line some daemon of the lab wrote; `level` as printed there. */
  | {
      readonly type: 'lab-log'
      readonly node: string
      readonly source: string
      readonly level: string
      readonly message: string
    }
  | { readonly type: 'problem-met'; readonly problem: Problem }
  | { readonly type: 'window-closed' }
  | { readonly type: 'run-ended'; readonly outcome: RunOutcome }

export interface JournalEntry {
  /** 1, 2, 3, ... without gaps. */
  readonly seq: number
  readonly atMs: number
  readonly event: RunEvent
}

export type FaultStatus = 'planned' | 'waiting' | 'aimed' | 'injected' | 'healing' | 'healed' | 'skipped'

export interface FaultState {
  readonly id: string
  readonly kind: FaultKind
  readonly status: FaultStatus
  readonly target?: FaultTarget
  readonly aimedAtMs?: number
  readonly injectedAtMs?: number
  readonly healedAtMs?: number
  readonly waitedMs?: number
  readonly obstacles?: readonly GateObstacle[]
  readonly skipReason?: string
}

export interface RunState {
  readonly status: 'preparing' | 'running' | 'paused' | 'ended'
  readonly outcome?: RunOutcome
  readonly spec?: RunSpec
  readonly series: readonly Series[]
  readonly windowOpenedAtMs?: number
  readonly windowClosedAtMs?: number
  readonly phase?: PhaseId
  readonly faults: readonly FaultState[]
  readonly obstacles: readonly GateObstacle[]
  readonly cancelRequested: boolean
  readonly problems: readonly Problem[]
  readonly lastSeq: number
  readonly lastAtMs: number
}

export const emptyRunState: RunState = {
  status: 'preparing',
  series: [],
  faults: [],
  obstacles: [],
  cancelRequested: false,
  problems: [],
  lastSeq: 0,
  lastAtMs: 0,
}

export function runStateOf(entries: Iterable<JournalEntry>): RunState {
  let state = emptyRunState
  for (const entry of entries) state = foldJournal(state, entry)
  return state
}

/** The next state; entries must come in the order of their numbers. */
export function foldJournal(state: RunState, entry: JournalEntry): RunState {
  const next = { ...state, lastSeq: entry.seq, lastAtMs: entry.atMs }
  const event = entry.event
  switch (event.type) {
    case 'run-started':
      return {
        ...next,
        spec: event.spec,
        faults: event.spec.plan.faults.map(({ id, kind }) => ({ id, kind, status: 'planned' })),
      }
    case 'series-declared':
      return { ...next, series: event.series }
    case 'steady-state-waiting':
      return { ...next, obstacles: event.obstacles }
    case 'window-opened':
      return { ...next, status: 'running', windowOpenedAtMs: entry.atMs, obstacles: [] }
    case 'phase-started':
      return { ...next, phase: event.phase }
    case 'window-closed':
      return { ...next, windowClosedAtMs: entry.atMs }
    case 'schedule-paused':
      return { ...next, status: 'paused' }
    case 'schedule-continued':
      return { ...next, status: 'running' }
    case 'cancel-requested':
      return { ...next, cancelRequested: true }
    case 'problem-met':
      return { ...next, problems: [...state.problems, event.problem] }
    case 'run-ended':
      return { ...next, status: 'ended', outcome: event.outcome }
    case 'phase-ended':
    case 'lab-log':
      return next
    default:
      return { ...next, faults: state.faults.map((fault) => foldFault(fault, entry.atMs, event)) }
  }
}

type FaultEvent = Extract<RunEvent, { readonly fault: string }>

function foldFault(fault: FaultState, atMs: number, event: FaultEvent): FaultState {
  if (fault.id !== event.fault) return fault
  switch (event.type) {
    case 'gate-waiting':
      return { ...fault, status: 'waiting', obstacles: event.obstacles }
    case 'gate-passed':
      return { ...fault, waitedMs: event.waitedMs, obstacles: [] }
    case 'fault-aimed':
      return { ...fault, status: 'aimed', target: event.target, aimedAtMs: atMs }
    case 'fault-injected':
      return { ...fault, status: 'injected', injectedAtMs: atMs }
    case 'fault-healing':
      return { ...fault, status: 'healing' }
    case 'fault-healed':
      return { ...fault, status: 'healed', healedAtMs: atMs }
    case 'fault-skipped':
      return { ...fault, status: 'skipped', skipReason: event.reason }
  }
}

/** Faults that may still hurt the lab: aimed, injected or half healed. They must be healed before anything else. */
export function openFaultsOf(state: RunState): readonly FaultState[] {
  return state.faults.filter(
    ({ status }) => status === 'aimed' || status === 'injected' || status === 'healing',
  )
}
