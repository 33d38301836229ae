/** Progress of a run on a terminal: how far, how many failures, how long it may still take. */
import { emptyRunState, foldJournal, type JournalEntry } from '../../../shared/domain/journal.ts'
import { planWindowSeconds } from '../../../shared/domain/plan.ts'
import type { RunSpec } from '../../../shared/domain/run.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { RunDrive } from '../../host/run-drive.ts'
import type { CliOutput } from './output.ts'

/** Often enough to look alive, rarely enough to be read. */
const refreshMs = 250

export function followOnTerminal(output: CliOutput, spec: RunSpec, clock: Clock) {
  let state = emptyRunState
  const startedMs = clock.nowMs()
  const windowMs = planWindowSeconds(spec.plan) * 1000
  const show = (drive: RunDrive) => {
    if (state.windowOpenedAtMs === undefined) {
      output.progress(output.t('cli:run.preparing'))
      return
    }
    const doneMs = Math.min(windowMs, drive.nowMs() - state.windowOpenedAtMs)
    const share = doneMs / windowMs
    const spentMs = clock.nowMs() - startedMs
    output.progress(
      output.t('cli:run.progress', {
        percent: output.format.percent(100 * share, 0),
        position: output.format.position(doneMs / 1000),
        length: output.format.position(windowMs / 1000),
        done: state.faults.filter((fault) => fault.status === 'healed').length,
        planned: state.faults.length,
        eta: share === 0 ? '…' : output.format.duration((spentMs / share - spentMs) / 1000),
      }),
    )
  }
  return {
    onEntry: (entry: JournalEntry) => {
      state = foldJournal(state, entry)
    },
    watch(drive: RunDrive): () => void {
      const timer = setInterval(() => show(drive), refreshMs)
      return () => {
        clearInterval(timer)
        output.endProgress()
      }
    },
  }
}
