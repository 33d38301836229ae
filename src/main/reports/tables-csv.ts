/** The tables of a run as CSV. Times are seconds since the measured window opened; the column names say so. */
import { phaseOrder } from '../../shared/analysis/phases.ts'
import type { RunEvent } from '../../shared/domain/journal.ts'
import type { FaultResult } from '../../shared/domain/results.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { csvLine } from './csv.ts'
import { type ExportedRun, windowSecondsOf } from './exported-run.ts'

/** One line for each outage of each guest. */
export function outagesCsv(run: ExportedRun): string {
  const windowSeconds = windowSecondsOf(run)
  const header = csvLine([
    'trial',
    'group',
    'guest',
    'guest_name',
    'probe',
    'interval_ms',
    'fault',
    'from_window_seconds',
    'to_window_seconds',
    'downtime_low_seconds',
    'downtime_high_seconds',
    'censored',
  ])
  const lines = run.results.guests.flatMap((guest) =>
    guest.outages.map((outage) =>
      csvLine([
        guest.trial,
        guest.group,
        guest.guest,
        guest.guestName,
        guest.probe,
        guest.intervalMs,
        outage.fault,
        windowSeconds(outage.fromMs),
        windowSeconds(outage.toMs),
        outage.lowSeconds,
        outage.highSeconds,
        outage.censored,
      ]),
    ),
  )
  return header + lines.join('')
}

/** One line for each fault and guest; a fault that was not injected has one line without guest. */
export function faultsCsv(run: ExportedRun): string {
  const windowSeconds = windowSecondsOf(run)
  const header = csvLine([
    'fault',
    'kind',
    'status',
    'skip_reason',
    'node',
    'was_crm_master',
    'injected_window_seconds',
    'healed_window_seconds',
    'waited_seconds',
    'guest',
    'hit',
    'downtime_low_seconds',
    'downtime_high_seconds',
    'censored',
    'recovered_on',
    'lost_records',
    'onset_lag_seconds',
    'recovery_seconds',
    'residual_seconds',
    ...phaseOrder.map((phase) => `${phase.replaceAll('-', '_')}_seconds_after_injection`),
  ])
  const secondsOf = (atMs: number | undefined) => (atMs === undefined ? undefined : windowSeconds(atMs))
  const lines = run.results.faults.flatMap((fault) => {
    const guests: readonly (FaultResult['guests'][number] | undefined)[] =
      fault.guests.length > 0 ? fault.guests : [undefined]
    return guests.map((guest) =>
      csvLine([
        fault.fault,
        fault.kind,
        fault.status,
        fault.skipReason,
        fault.node,
        fault.wasCrmMaster,
        secondsOf(fault.injectedAtMs),
        secondsOf(fault.healedAtMs),
        fault.waitedSeconds,
        guest?.guest,
        guest?.hit,
        guest?.downtimeLowSeconds,
        guest?.downtimeHighSeconds,
        guest?.censored,
        guest?.recoveredOn,
        guest?.lostRecords,
        guest?.onsetLagSeconds,
        guest?.recoverySeconds,
        guest?.residualSeconds,
        ...phaseOrder.map((phase) => guest?.phases.find((mark) => mark.phase === phase)?.seconds),
      ]),
    )
  })
  return header + lines.join('')
}

/** One line for each journal entry; what has no column of its own stands in `details` as JSON. */
export function eventsCsv(run: ExportedRun): string {
  const windowSeconds = windowSecondsOf(run)
  const header = csvLine([
    'seq',
    'run_seconds',
    'window_seconds',
    'event',
    'fault',
    'node',
    'source',
    'level',
    'message',
    'details',
  ])
  const lines = run.entries.map(({ seq, atMs, event }) =>
    csvLine([seq, atMs / 1000, windowSeconds(atMs), event.type, ...eventCells(event)]),
  )
  return header + lines.join('')
}

function eventCells(event: RunEvent): readonly (string | undefined)[] {
  const { type, fault, node, source, level, message, ...rest } = event as RunEvent & Partial<EventColumns>
  const details = Object.keys(rest).length > 0 ? canonicalJson(rest) : undefined
  return [fault, node, source, level, message, details]
}

interface EventColumns {
  readonly fault: string
  readonly node: string
  readonly source: string
  readonly level: string
  readonly message: string
}
