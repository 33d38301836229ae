/** The tables `run` and `review` print. */
import type { GuestResult, RunResults } from '../../../shared/domain/results.ts'
import type { MessageKey } from '../../../shared/i18n/catalogue.ts'
import type { RunReview } from '../../host/run-review.ts'
import { type CliOutput, textTable } from './output.ts'

/** One second of a twelve-hour window is 0.002 %: third decimals come only from ten probes a second. */
function percentDigits(intervalMs: number): number {
  return intervalMs <= 100 ? 3 : 2
}

/**
 * Moments are printed as the window's own time, which begins at 00:00:00. With --json nothing is even formatted:
 * the first number in a language takes as long as a simulated hour.
 */
export function printResults(output: CliOutput, { spec, state, results }: RunReview): void {
  if (output.json) return
  const { t } = output
  output.line(
    t('cli:run.header', { recipe: spec.recipe, trial: spec.trial, group: spec.group, seed: spec.seed }),
  )
  const first = spec.plan.faults[0]
  if (first !== undefined)
    output.line(
      t('cli:run.assumption', {
        heal: output.format.duration(first.healAfterSeconds),
        target: first.target.rule,
        kind: first.kind,
      }),
    )
  output.line()
  output.line(guestTable(output, results.guests))
  output.line()
  output.line(outageTable(output, results, state.windowOpenedAtMs ?? 0))
  output.line(t('cli:outageNote'))
  if (results.recordLosses.length > 0) {
    output.line()
    output.line(lossTable(output, results, state.windowOpenedAtMs ?? 0))
    output.line(t('cli:lossNote'))
  }
  for (const { guest, voidSeconds } of results.guests)
    if (voidSeconds > 0) output.line(t('cli:voidNote', { guest, seconds: Math.round(voidSeconds) }))
  for (const lint of results.lints) output.line(`! ${t(`lint:${lint.code}` as MessageKey, lint.params)}`)
}

/** The last words of a run: what it was, how long it took, where it is. */
export function printMeasured(
  output: CliOutput,
  run: { readonly simulatedSeconds: number; readonly wallSeconds: number; readonly path: string },
): void {
  if (output.json) return
  const { t, format } = output
  const simulated = format.duration(run.simulatedSeconds)
  const wall = format.preciseDuration(run.wallSeconds)
  output.line()
  output.line(t('cli:run.measured', { simulated, wall, path: run.path }))
}

function guestTable({ t, format }: CliOutput, guests: readonly GuestResult[]): string {
  const percent = (value: number | null, digits: number) =>
    value === null ? '-' : format.fixed(value, digits)
  return textTable(
    [
      t('cli:table.guest'),
      t('cli:table.hits'),
      t('cli:table.availability'),
      t('cli:table.interval'),
      t('cli:table.paperFormula'),
      t('cli:table.published'),
      t('cli:table.downtime'),
      t('cli:table.median'),
      t('cli:table.lostRecords'),
    ],
    guests.map((guest) => {
      const digits = percentDigits(guest.intervalMs)
      return [
        `${guest.guest} ${guest.guestName}`,
        `${guest.hits}/${guest.faults}`,
        percent(guest.availabilityPercent, digits),
        `${percent(guest.availabilityLowPercent, digits)}..${percent(guest.availabilityHighPercent, digits)}`,
        percent(guest.windowSeconds === 0 ? null : guest.paperAvailabilityPercent, 3),
        percent(guest.publishedPercent, 3),
        format.fixed(guest.downtimeSeconds, 0),
        guest.medianDowntimePerHitSeconds === null ? '-' : format.fixed(guest.medianDowntimePerHitSeconds, 0),
        format.fixed(guest.lostRecords, 0),
      ]
    }),
  )
}

function outageTable({ t, format }: CliOutput, results: RunResults, windowOpenedAtMs: number): string {
  const faults = new Map(results.faults.map((fault) => [fault.fault, fault]))
  return textTable(
    [
      t('cli:table.guest'),
      t('cli:table.fault'),
      t('cli:table.node'),
      t('cli:table.master'),
      t('cli:table.at'),
      t('cli:table.downLow'),
      t('cli:table.downHigh'),
    ],
    results.guests.flatMap((guest) =>
      guest.outages.map((outage) => {
        const fault = outage.fault === undefined ? undefined : faults.get(outage.fault)
        return [
          guest.guest,
          outage.fault ?? '-',
          fault?.node ?? '-',
          fault?.wasCrmMaster === true ? t('cli:yes') : t('cli:no'),
          format.position((outage.fromMs - windowOpenedAtMs) / 1000),
          format.fixed(outage.lowSeconds, 1),
          format.fixed(outage.highSeconds, 1),
        ]
      }),
    ),
  )
}

function lossTable({ t, format }: CliOutput, { recordLosses }: RunResults, windowOpenedAtMs: number): string {
  return textTable(
    [
      t('cli:table.guest'),
      t('cli:table.fault'),
      t('cli:table.node'),
      t('cli:table.at'),
      t('cli:table.lostRecords'),
      t('cli:table.cause'),
    ],
    recordLosses.map(({ guest, fault, node, atMs, records, cause }) => [
      guest,
      fault ?? '-',
      node,
      format.position((atMs - windowOpenedAtMs) / 1000),
      format.fixed(records, 0),
      t(`terms:lossCause.${cause}`),
    ]),
  )
}
