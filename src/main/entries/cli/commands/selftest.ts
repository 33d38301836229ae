import type { SelfTestReport } from '../../../../shared/domain/self-test.ts'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { selfTest } from '../../../host/probing.ts'
import type { Command } from '../command.ts'
import { type CliOutput, textTable } from '../output.ts'

interface SelftestArguments {
  readonly repeats: string
  readonly interval: string
  readonly seed: string
}

/** Ends with the check-failed exit code where the program's own error is larger than it may be. */
export const selftestCommand: Command<SelftestArguments> = async (args, { output, signal }) => {
  const report = await selfTest({
    repeats: wholeNumberOf(args.repeats, '--repeats', 1, 1000),
    intervalsMs: [wholeNumberOf(args.interval, '--interval', 10, 10_000)],
    seed: wholeNumberOf(args.seed, '--seed', 0, 4_294_967_295),
    signal,
    onProgress: (fraction) => output.progress(output.format.percent(100 * fraction, 0)),
  })
  output.endProgress()
  if (output.json) output.document(report)
  else printReport(output, report)
  return report.passed ? exitCodes.ok : exitCodes.checkFailed
}

function wholeNumberOf(word: string, field: string, min: number, max: number): number {
  const value = Number(word)
  return /^\d+$/.test(word) && value >= min && value <= max
    ? value
    : throwProblem('input.invalid-field', { source: 'selftest', field }, `${min}..${max}: ${word}`)
}

function printReport(output: CliOutput, report: SelfTestReport): void {
  const { t, format } = output
  const seconds = (value: number | null) => (value === null ? '-' : format.fixed(value, 3))
  output.line(
    textTable(
      [
        t('cli:table.kind'),
        t('cli:table.length'),
        t('cli:table.seen'),
        t('cli:table.bias'),
        t('cli:table.spread'),
        t('cli:table.expectedSpread'),
        t('cli:table.verdict'),
      ],
      report.rows.map((row) => [
        `${row.kind} ${1000 / row.intervalMs} Hz, ${t(`cli:selftest.${row.fault}`)}`,
        format.number(row.lengthSeconds, 1),
        `${row.seen}/${row.injected}`,
        seconds(row.biasSeconds),
        seconds(row.spreadSeconds),
        seconds(row.expectedSpreadSeconds),
        t(row.passed ? 'cli:selftest.passed' : 'cli:selftest.failed'),
      ]),
    ),
  )
  output.line()
  for (const timing of report.timing)
    output.line(
      t('cli:selftest.timing', {
        kind: timing.kind,
        lateness: timing.latenessP99Ms === null ? '-' : format.fixed(timing.latenessP99Ms, 1),
        rtt: timing.rttP50Ms === null ? '-' : format.fixed(timing.rttP50Ms, 2),
        spurious: timing.spurious,
      }),
    )
  output.line(t(`cli:selftest.icmp.${report.icmp}`))
  output.line(t(report.passed ? 'cli:selftest.verdictPassed' : 'cli:selftest.verdictFailed'))
}
