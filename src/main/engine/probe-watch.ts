import type { GateObstacle } from '../../shared/domain/journal.ts'
import { outcomes, type Sample, type Series, scheduledMsOf } from '../../shared/domain/sample.ts'
import type { LabSession } from '../contracts/lab-session.ts'
import type { ProbeSession } from '../contracts/probe-runner.ts'
import { controlSubject } from './plan-series.ts'
import type { RunRecord } from './run-journal.ts'

/** A series whose last sample is older than its interval, its deadline and this is not being answered by anybody. */
const deliverySlackMs = 5000

interface Watched {
  readonly series: Series
  /** Added to the runner's tick numbers, which start anew when a run is continued. */
  readonly firstTick: number
  /** Since when every sample was good; undefined when the last one was not. */
  okSinceMs: number | undefined
  lastTickMs: number
}

export interface ProbeWatchOptions {
  readonly probes: LabSession['probes']
  readonly record: Pick<RunRecord, 'record'>
  /** While true, samples are void: nobody expects the lab to be measured. */
  readonly isPaused: () => boolean
}

export interface ProbeContinuation {
  readonly nowMs: number
  /** End of the window: nothing is missing after it. */
  readonly endMs: number
  /** Samples of a series that are on disk from earlier sessions. */
  readonly recordedTicks: (series: Series) => number
}

/** Runs the probes of a run, records every sample and knows which guests answer. */
export class ProbeWatch {
  readonly #options: ProbeWatchOptions
  #watched: readonly Watched[] = []
  #session: ProbeSession | undefined

  constructor(options: ProbeWatchOptions) {
    this.#options = options
  }

  /** With `continuation`, the ticks nobody measured meanwhile are recorded as such, and probing goes on from now. */
  async start(series: readonly Series[], continuation?: ProbeContinuation): Promise<void> {
    const { probes, record } = this.#options
    this.#watched = series.map((each) => {
      const firstTick = continuation === undefined ? 0 : fillGap(each, continuation, record)
      return { series: each, firstTick, okSinceMs: undefined, lastTickMs: Number.NEGATIVE_INFINITY }
    })
    const remaining = this.#watched.map(({ series, firstTick }) => ({
      ...series,
      originMs: scheduledMsOf(series, firstTick),
    }))
    this.#session = await probes.start(remaining, (runnerSeries, sample) => {
      const watched = this.#watched[runnerSeries.index]
      if (watched) this.#receive(watched, sample)
    })
  }

  /** Ends the series before `endMs`; a second call does nothing. */
  async stop(endMs: number): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.stop(endMs)
  }

  /** Guests whose probes have not all been answered for `okMs` until now. */
  obstacles(nowMs: number, okMs: number): readonly GateObstacle[] {
    return this.#watched
      .filter((watched) => watched.series.subject !== controlSubject && !answers(watched, nowMs, okMs))
      .map(({ series }) => ({ kind: 'probe-not-ok', subject: series.subject, probe: series.kind }))
  }

  #receive(watched: Watched, sample: Sample): void {
    const { series, firstTick } = watched
    const tick = firstTick + sample.tick
    const dueMs = scheduledMsOf(series, tick)
    if (sample.outcome === outcomes.ok) watched.okSinceMs ??= dueMs
    else watched.okSinceMs = undefined
    watched.lastTickMs = dueMs
    const { record, isPaused } = this.#options
    if (isPaused()) record.record(series, { ...sample, tick, rttUs: 0, outcome: outcomes['void:paused'] })
    else record.record(series, firstTick === 0 ? sample : { ...sample, tick })
  }
}

function answers(watched: Watched, nowMs: number, okMs: number): boolean {
  const { series, okSinceMs, lastTickMs } = watched
  if (okSinceMs === undefined || nowMs - okSinceMs < okMs) return false
  return nowMs - lastTickMs <= series.intervalMs + series.deadlineMs + deliverySlackMs
}

/** Returns the first tick that can still be measured. */
function fillGap(
  series: Series,
  { nowMs, endMs, recordedTicks }: ProbeContinuation,
  record: Pick<RunRecord, 'record'>,
): number {
  const recorded = recordedTicks(series)
  const gapEndMs = Math.min(nowMs, endMs)
  const first = Math.max(recorded, Math.ceil((gapEndMs - series.originMs) / series.intervalMs))
  for (let tick = recorded; tick < first; tick++)
    record.record(series, { tick, latenessUs: 0, rttUs: 0, outcome: outcomes['void:not-recorded'] })
  return first
}
