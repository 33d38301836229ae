/** One probe answer, or the lack of one. The vocabulary every probe, chart and table shares. */
import type { ProbeKind } from './plan.ts'

/**
 * Outcomes of a probe. The numbers are stored in run files: never change one, only add.
 * `void` means the observer could not tell; it is never good and never bad.
 */
export const outcomes = {
  ok: 0,
  /** Answered after the deadline: bad when sent, proof of life when it arrived. */
  late: 1,
  'bad:timeout': 2,
  'bad:refused': 3,
  'bad:unreachable-local': 4,
  'bad:unreachable-remote': 5,
  'bad:reset': 6,
  'bad:http-status': 7,
  'bad:http-content': 8,
  'bad:closed': 9,
  'void:missed': 20,
  'void:suspended': 21,
  'void:observer-network': 22,
  'void:clock-step': 23,
  'void:spawn-failed': 24,
  'void:paused': 25,
  'void:not-recorded': 26,
} as const

export type OutcomeName = keyof typeof outcomes
export type OutcomeCode = (typeof outcomes)[OutcomeName]
export type OutcomeClass = 'ok' | 'late' | 'bad' | 'void'

const nameByCode = new Map<number, OutcomeName>(
  (Object.entries(outcomes) as [OutcomeName, OutcomeCode][]).map(([name, code]) => [code, name]),
)

export function outcomeNameOf(code: number): OutcomeName | undefined {
  return nameByCode.get(code)
}

export function outcomeClassOf(code: number): OutcomeClass {
  if (code === outcomes.ok) return 'ok'
  if (code === outcomes.late) return 'late'
  return code >= outcomes['void:missed'] ? 'void' : 'bad'
}

/** A sequence of probes of one kind against one target, on one absolute schedule. */
export interface Series {
  /** Position in the run's list of series; samples refer to it. */
  readonly index: number
  readonly kind: ProbeKind
  /** Guest under test, or `control` for the address that must always answer. */
  readonly subject: string
  /** What is contacted: `192.0.2.10`, `192.0.2.10:80`, `http://192.0.2.10/`. */
  readonly address: string
  readonly intervalMs: number
  readonly deadlineMs: number
  /** Tick k is due at `originMs + k * intervalMs` on the run's time axis. Spread over series. */
  readonly originMs: number
}

/** One sample. `rttUs` is send to answer, 0 when nothing answered; `latenessUs` is actual minus scheduled send. */
export interface Sample {
  readonly tick: number
  readonly latenessUs: number
  readonly rttUs: number
  readonly outcome: OutcomeCode
}

export function scheduledMsOf(series: Pick<Series, 'originMs' | 'intervalMs'>, tick: number): number {
  return series.originMs + tick * series.intervalMs
}
