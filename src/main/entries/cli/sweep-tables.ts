/** What `sim sweep` prints. */
import type { MessageKey } from '../../../shared/i18n/catalogue.ts'
import type { DowntimeRow, Spread } from '../../host/sweep/downtime-distribution.ts'
import type { SweepReport } from '../../host/sweep/sweep-report.ts'
import { type CliOutput, textTable } from './output.ts'

export function printSweep(
  output: CliOutput,
  report: SweepReport,
  distribution: readonly DowntimeRow[],
): void {
  const { t, format } = output
  const { courses, simulatedSeconds, wallSeconds, processorSeconds } = report
  output.line(
    t('cli:sweep.summary', {
      courses,
      simulated: format.duration(simulatedSeconds),
      wall: format.preciseDuration(wallSeconds),
      processor: format.preciseDuration(processorSeconds),
    }),
  )
  printViolations(output, report)
  if (distribution.length > 0) printDowntimes(output, distribution)
}

function printViolations(output: CliOutput, { violations }: SweepReport): void {
  const { t, format } = output
  if (violations.length === 0) {
    output.line(t('cli:sweep.none'))
    return
  }
  output.line(t('cli:sweep.violations', { count: violations.length }))
  for (const { seed, atMs, invariant, subject, observed, command } of violations) {
    const rule = t(`cli:invariant.${invariant}` as MessageKey)
    const at = format.position(atMs / 1000)
    output.line(t('cli:sweep.violation', { seed, at, rule, subject, observed }))
    output.line(t('cli:sweep.replay', { command }))
  }
}

function printDowntimes(output: CliOutput, rows: readonly DowntimeRow[]): void {
  const { t } = output
  output.line()
  output.line(t('cli:sweep.downtime'))
  const head = [t('cli:table.fault'), t('cli:table.guestKind'), t('cli:table.master')]
  output.line(
    textTable(
      [...head, ...spreadHead(output), t('cli:table.publishedSeconds')],
      rows.map((row) => [...namesOf(output, row), ...spreadCells(output, row), publishedCell(output, row)]),
    ),
  )
  for (const row of rows) {
    if (row.wasCrmMaster === undefined) continue
    const [fault, guests, master] = namesOf(output, row)
    output.line()
    output.line(t('cli:sweep.steps', { fault, guests, master }))
    output.line(
      textTable(
        [t('cli:table.step'), ...spreadHead(output)],
        row.steps.map((step) => [phaseName(output, step.phase), ...spreadCells(output, step)]),
      ),
    )
  }
}

/** Kind of fault, kind of guest, and whether the master was hit; the last is empty for both together. */
function namesOf({ t }: CliOutput, row: DowntimeRow): readonly [string, string, string] {
  const { faultKind, guestKind, wasCrmMaster } = row
  return [
    t(`terms:faultKind.${faultKind}` as MessageKey),
    t(`terms:guestKind.${guestKind}` as MessageKey),
    wasCrmMaster === undefined ? '' : t(wasCrmMaster ? 'cli:yes' : 'cli:no'),
  ]
}

function publishedCell({ format }: CliOutput, { publishedSeconds }: DowntimeRow): string {
  if (publishedSeconds === undefined) return '-'
  return `${format.fixed(publishedSeconds.min, 0)}..${format.fixed(publishedSeconds.max, 0)}`
}

function phaseName({ t }: CliOutput, phase: string): string {
  return phase === 'first-lost' ? t('cli:sweep.firstLost') : t(`charts:phase.${phase}` as MessageKey)
}

function spreadHead({ t }: CliOutput): readonly string[] {
  return [
    t('cli:table.count'),
    t('cli:table.min'),
    t('cli:table.lowerQuartile'),
    t('cli:table.middle'),
    t('cli:table.upperQuartile'),
    t('cli:table.max'),
  ]
}

function spreadCells({ format }: CliOutput, spread: Spread): readonly (string | number)[] {
  const { n, min, lowerQuartile, median, upperQuartile, max } = spread
  return [n, ...[min, lowerQuartile, median, upperQuartile, max].map((seconds) => format.fixed(seconds, 1))]
}
