import { outcomeClassOf, outcomeNameOf, scheduledMsOf } from '../../shared/domain/sample.ts'
import { csvLine } from './csv.ts'
import { type ExportedRun, windowSecondsOf } from './exported-run.ts'

/**
 * Every stored sample, chunk by chunk: a day at 10 Hz is too long for one string on a small laptop. Lateness is
 * empty for a probe that was not sent, the round trip for one that was not answered.
 */
export function* samplesCsv(run: ExportedRun): Generator<string> {
  const windowSeconds = windowSecondsOf(run)
  yield csvLine([
    'series',
    'kind',
    'subject',
    'address',
    'tick',
    'due_window_seconds',
    'lateness_us',
    'rtt_us',
    'class',
    'outcome',
  ])
  for (const series of run.series) {
    const { index, kind, subject, address } = series
    for (const { firstTick, latenessUs, rttUs, outcome } of run.samples.columns(index)) {
      let lines = ''
      for (let row = 0; row < outcome.length; row++) {
        const tick = firstTick + row
        const code = outcome[row] ?? 0
        const kindOfOutcome = outcomeClassOf(code)
        const wasAnswered = kindOfOutcome === 'ok' || kindOfOutcome === 'late'
        lines += csvLine([
          index,
          kind,
          subject,
          address,
          tick,
          windowSeconds(scheduledMsOf(series, tick)),
          kindOfOutcome === 'void' ? null : latenessUs[row],
          wasAnswered || rttUs[row] !== 0 ? rttUs[row] : null,
          kindOfOutcome,
          outcomeNameOf(code),
        ])
      }
      yield lines
    }
  }
}
