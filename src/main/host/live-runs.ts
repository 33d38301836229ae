/** Runs this process drives, and those who follow them. */
import { foldJournal, type JournalEntry, type RunState, runStateOf } from '../../shared/domain/journal.ts'
import { planWindowSeconds } from '../../shared/domain/plan.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { RunFrame, Speed } from '../../shared/host-api/table.ts'
import { ProblemError, problem, throwProblem } from '../../shared/problems/problem.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import type { RunWriter } from '../contracts/run-store.ts'
import { LiveBuckets, liveBucketMs } from './live-buckets.ts'
import { driveRun, type RunDrive } from './run-drive.ts'

/** At most this often a follower is told what changed. */
const frameIntervalMs = 100

export interface LiveRun {
  readonly run: string
  readonly drive: RunDrive
  readonly entries: JournalEntry[]
  readonly buckets: LiveBuckets
  state: RunState
  ended: boolean
}

export interface LiveRunStart {
  readonly run: string
  readonly spec: RunSpec
  readonly writer: RunWriter
  readonly history: readonly JournalEntry[]
  readonly speed: Speed
  /** Called once when the run has ended, with a Problem if it broke. */
  readonly onEnd?: () => void
}

export class LiveRuns {
  readonly #runs = new Map<string, LiveRun>()
  readonly #clock: Clock
  readonly #log: Logger

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock
    this.#log = log
  }

  has(run: string): boolean {
    const found = this.#runs.get(run)
    return found !== undefined && !found.ended
  }

  /** Also a run that ended while this process drove it: its followers still get the last frame from memory. */
  find(run: string): LiveRun | undefined {
    return this.#runs.get(run)
  }

  get anyRunning(): boolean {
    return [...this.#runs.values()].some((run) => !run.ended)
  }

  /** The run with that id. Throws `run.not-running`. */
  running(run: string): LiveRun {
    const found = this.#runs.get(run)
    if (found === undefined || found.ended) return throwProblem('run.not-running', { run })
    return found
  }

  start({ run, spec, writer, history, speed, onEnd }: LiveRunStart): LiveRun {
    const shortestIntervalMs = Math.min(...spec.plan.probes.map((probe) => probe.intervalMs))
    const entries: JournalEntry[] = []
    const buckets = new LiveBuckets(liveBucketMs(planWindowSeconds(spec.plan) * 1000, shortestIntervalMs))
    const drive = driveRun({
      spec,
      writer,
      history,
      speed,
      realClock: this.#clock,
      log: this.#log,
      onEntry: (entry) => {
        live.entries.push(entry)
        live.state = foldJournal(live.state, entry)
      },
      onSample: (series, sample) => buckets.record(series, sample),
    })
    const live: LiveRun = { run, drive, entries, buckets, state: runStateOf([]), ended: false }
    this.#runs.set(run, live)
    drive.finished
      .catch((error: unknown) => {
        const cause =
          error instanceof ProblemError ? error.problem : problem('run.failed', { run }, String(error))
        this.#log.error('run.broke', { run, code: cause.code, detail: cause.detail })
        live.state = { ...live.state, problems: [...live.state.problems, cause] }
      })
      .finally(() => {
        live.ended = true
        onEnd?.()
      })
    return live
  }

  /** Sends everything after `afterSeq`, then changes, until the run ends or the follower leaves. */
  async follow(
    live: LiveRun,
    afterSeq: number,
    emit: (frame: RunFrame) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const changedBuckets = live.buckets.follow()
    let sent = afterSeq
    for (;;) {
      const ended = live.ended
      const entries = live.entries.filter((entry) => entry.seq > sent)
      sent = entries.at(-1)?.seq ?? sent
      emit({
        entries,
        series: live.state.series,
        buckets: changedBuckets(),
        nowMs: live.drive.nowMs(),
        speed: live.drive.speed(),
        live: !ended,
      })
      if (ended) break
      await this.#clock.sleep(frameIntervalMs, signal).catch(() => {})
      if (signal.aborted) return
    }
    const broken = live.state.outcome === undefined ? live.state.problems.at(-1) : undefined
    if (broken !== undefined) throw new ProblemError(broken)
  }

  /** Stops every run where it is; their files can be resumed. */
  async stopAll(): Promise<void> {
    await Promise.allSettled(
      [...this.#runs.values()].filter((run) => !run.ended).map((run) => run.drive.stop()),
    )
  }
}
