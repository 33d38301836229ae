/** Doubts about a run that a reader of its figures must know. Each code is a message key `lint:<code>`. */
import type { RunState } from '../domain/journal.ts'
import type { FaultResult, GuestResult, ResultLint } from '../domain/results.ts'
import type { RunSpec } from '../domain/run.ts'
import { meaningfulDecimals } from './availability.ts'
import type { SeriesScan } from './outages.ts'

export interface LintedRun {
  readonly spec: RunSpec
  readonly state: RunState
  readonly guests: readonly GuestResult[]
  readonly faults: readonly FaultResult[]
  /** Scan of the series that must always answer, where the run has one. */
  readonly control: SeriesScan | undefined
}

/** A schedule that is this late against its plan is no longer the planned one. */
const driftLimitSeconds = 10

export function lintsOf(run: LintedRun): readonly ResultLint[] {
  // Of a guest that was never measured there is nothing to say, least of all a share of no time.
  const guests = run.guests.filter(({ windowSeconds }) => windowSeconds > 0)
  return [...runLints(run), ...faultLints(run), ...guests.flatMap(guestLints), ...methodLints(run)]
}

function runLints({ state, control }: LintedRun): readonly ResultLint[] {
  const lints: ResultLint[] = []
  if (state.outcome !== 'completed')
    lints.push(warning('run-incomplete', { outcome: state.outcome ?? 'interrupted' }))
  if (state.problems.length > 0) lints.push(warning('problems-met', { count: state.problems.length }))
  const lostSeconds = control
    ? ((control.counts.bad + control.counts.late) * control.series.intervalMs) / 1000
    : 0
  if (lostSeconds > 0) lints.push(warning('control-lost', { seconds: lostSeconds }))
  return lints
}

function faultLints({ spec, state, faults }: LintedRun): readonly ResultLint[] {
  const lints: ResultLint[] = []
  const injected = faults.filter(({ injectedAtMs }) => injectedAtMs !== undefined)
  const skipped = faults.filter(({ status }) => status === 'skipped')
  const open = faults.filter(({ status }) => status === 'open')
  if (skipped.length > 0)
    lints.push(warning('faults-skipped', { count: skipped.length, faults: names(skipped) }))
  if (open.length > 0) lints.push(warning('faults-open', { count: open.length, faults: names(open) }))
  if (new Set(injected.map(({ kind }) => kind)).size > 1) lints.push(warning('fault-kinds-mixed', {}))
  const masters = injected.filter(({ wasCrmMaster }) => wasCrmMaster).length
  if (masters > 0 && masters < injected.length)
    lints.push(info('crm-master-mixed', { masters, others: injected.length - masters }))
  const planned = spec.plan.faults.filter(({ id }) => injected.some(({ fault }) => fault === id))
  if (planned.length > 1 && planned.every(({ jitterSeconds }) => jitterSeconds === 0))
    lints.push(warning('no-jitter', { faults: planned.length }))
  const openedAtMs = state.windowOpenedAtMs
  if (openedAtMs === undefined) return lints
  const drifts = planned.map(({ id, atSeconds, jitterSeconds }) => {
    const atMs = injected.find(({ fault }) => fault === id)?.injectedAtMs ?? openedAtMs
    return (atMs - openedAtMs) / 1000 - atSeconds - jitterSeconds
  })
  const late = drifts.filter((seconds) => seconds > driftLimitSeconds)
  if (late.length > 0)
    lints.push(warning('schedule-drift', { count: late.length, seconds: Math.round(Math.max(...late)) }))
  return lints
}

function guestLints(result: GuestResult): readonly ResultLint[] {
  const { guest, guestName, faults, hits, outages, intervalMs, windowSeconds, voidSeconds } = result
  const lints: ResultLint[] = []
  if (hits < faults)
    lints.push(warning('faults-missed-guest', { guest, guestName, missed: faults - hits, faults }))
  if (result.availabilityPercent === null)
    lints.push(warning('void-too-large', { guest, guestName, percent: (100 * voidSeconds) / windowSeconds }))
  else if (voidSeconds > 0) lints.push(info('void', { guest, guestName, seconds: voidSeconds }))
  const censored = outages.filter((outage) => outage.censored).length
  if (censored > 0) lints.push(warning('outages-censored', { guest, guestName, count: censored }))
  const short = outages.filter(({ lowSeconds }) => lowSeconds * 1000 < intervalMs).length
  if (short > 0) lints.push(info('outage-below-interval', { guest, guestName, count: short, intervalMs }))
  const unexplained = outages.filter(({ fault }) => fault === undefined).length
  if (unexplained > 0) lints.push(warning('outages-unexplained', { guest, guestName, count: unexplained }))
  return lints
}

function methodLints({ spec, guests }: LintedRun): readonly ResultLint[] {
  const lints: ResultLint[] = []
  const [first] = guests
  if (first) {
    const windowMs = first.windowSeconds * 1000
    const decimals = meaningfulDecimals(first.intervalMs, windowMs)
    lints.push(info('resolution', { intervalMs: first.intervalMs, decimals }))
  }
  lints.push(info('single-run', { faults: first?.faults ?? 0 }))
  if (spec.group === 'treatment') lints.push(info('no-control-group', {}))
  if (guests.some(({ publishedPercent }) => publishedPercent !== null))
    lints.push(info('published-method', {}))
  if (spec.backend === 'simulated') lints.push(info('simulated', { seed: spec.seed }))
  return lints
}

function names(faults: readonly FaultResult[]): string {
  return faults.map(({ fault }) => fault).join(', ')
}

function warning(code: string, params: ResultLint['params']): ResultLint {
  return { code, severity: 'warning', params }
}

function info(code: string, params: ResultLint['params']): ResultLint {
  return { code, severity: 'info', params }
}
