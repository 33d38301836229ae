import assert from 'node:assert'
import {
  emptyRunState,
  type JournalEntry,
  openFaultsOf,
  type RunOutcome,
  runStateOf,
} from '../../shared/domain/journal.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { Series } from '../../shared/domain/sample.ts'
import { ProblemError, problem, throwProblem } from '../../shared/problems/problem.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Fault } from '../contracts/fault.ts'
import type { LabSession } from '../contracts/lab-session.ts'
import type { Logger } from '../contracts/logger.ts'
import type { Random } from '../contracts/random.ts'
import { FaultCourse } from './fault-course.ts'
import { passGate } from './gate.ts'
import { MeasuredWindow } from './measured-window.ts'
import { planSeries } from './plan-series.ts'
import { ProbeWatch } from './probe-watch.ts'
import { RunControl } from './run-control.ts'
import { RunJournal, type RunRecord } from './run-journal.ts'
import { storedCommandsOf } from './stored-commands.ts'
import { pausedMsOf, WindowSchedule } from './window-schedule.ts'

/** A lab of nested nodes boots, joins and recovers its storage within this time, or something is wrong with it. */
const steadyStateLimitSeconds = 1800

export interface RunOptions {
  readonly spec: RunSpec
  readonly lab: LabSession
  /**
   * The run's time axis: starts with the opening of the lab. For a lab that went on without us it must be at or
   * after the last entry of the history.
   */
  readonly clock: Clock
  readonly random: Random
  readonly writer: RunRecord
  /** Kinds of faults this program knows. */
  readonly faults: readonly Fault[]
  /** Journal of the interrupted run that is resumed; empty for a new one. */
  readonly history: readonly JournalEntry[]
  readonly log: Logger
  /** Samples of a series on disk from earlier sessions; needed where the lab went on without us. */
  readonly recordedTicks?: (series: Series) => number
}

export interface RunHandle {
  /**
   * Runs to the end, once. Resolves when the last entry is on disk; rejects when the run file cannot be written
   * or does not fit what is repeated. Whatever else goes wrong is a `failed` run.
   */
  start(): Promise<RunOutcome>
  /** Holds the schedule as soon as no fault is open. */
  pause(): void
  proceed(): void
  /** Drops the next fault that has not begun. */
  skipFault(): void
  /** Heals the open fault, drops the others and ends. */
  cancel(): void
  /** Calls back with each journal entry once it is on disk, until the returned function is called. */
  onEvent(listener: (entry: JournalEntry) => void): () => void
}

/** Prepares a run, new or resumed; nothing happens before `start`. */
export function createRun(options: RunOptions): RunHandle {
  const run = new Run(options)
  return {
    start: () => run.start(),
    pause: () => run.control.give({ kind: 'pause' }),
    proceed: () => run.control.give({ kind: 'proceed' }),
    skipFault: () => run.control.give({ kind: 'skip' }),
    cancel: () => run.control.give({ kind: 'cancel' }),
    onEvent: (listener) => run.journal.onEntry(listener),
  }
}

class Run {
  readonly journal: RunJournal
  readonly control: RunControl
  readonly #options: RunOptions
  /** True for a lab that went on without us; otherwise the run starts anew, repeating its past if it has one. */
  readonly #continued: boolean
  readonly #schedule: WindowSchedule
  readonly #probes: ProbeWatch
  readonly #faults: FaultCourse
  readonly #window: MeasuredWindow
  #stopListening = () => {}

  constructor(options: RunOptions) {
    const { spec, lab, clock, writer: record, history, log } = options
    this.#options = options
    this.#continued = lab.resumption === 'continue' && history.length > 0
    const pastEndsAtMs = history.at(-1)?.atMs ?? 0
    assert(!this.#continued || clock.nowMs() >= pastEndsAtMs, 'a run cannot be continued before its past')
    const schedule = new WindowSchedule(clock)
    const probes = new ProbeWatch({ probes: lab.probes, record, isPaused: () => schedule.paused })
    const journal = new RunJournal({
      record,
      clock,
      log,
      state: this.#continued ? runStateOf(history) : emptyRunState,
      onBroken: (error) => control.fail(error),
    })
    const control = new RunControl({
      clock,
      journal,
      schedule,
      faults: spec.plan.faults.map(({ id }) => id),
      pastEndsAtMs,
    })
    const kinds = options.faults
    this.#faults = new FaultCourse({ ...options, kinds, journal, control, schedule, probes })
    const past = this.#continued ? history : []
    this.#window = new MeasuredWindow({ plan: spec.plan, clock, journal, schedule, probes, history: past })
    this.#schedule = schedule
    this.#probes = probes
    this.journal = journal
    this.control = control
  }

  async start(): Promise<RunOutcome> {
    const { clock, writer, history } = this.#options
    if (!this.#continued) this.control.repeat(storedCommandsOf(history))
    let outcome: RunOutcome = 'failed'
    try {
      outcome = await this.#course()
    } catch (error) {
      await this.#fail(error)
    }
    this.#stopListening()
    this.control.close()
    if (this.journal.breakage) throw this.journal.breakage.error
    await this.journal.append({ type: 'run-ended', outcome })
    await clock.hold('run file: last samples', writer.flush())
    return outcome
  }

  async #course(): Promise<RunOutcome> {
    const { spec, lab } = this.#options
    const { journal, control } = this
    if (journal.state.spec === undefined) await journal.append({ type: 'run-started', spec })
    this.#stopListening = lab.onLog((line) => journal.note({ type: 'lab-log', ...line }))
    await this.#healOpenFaults()
    // The earlier session met a problem but could not end the run any more.
    if (journal.state.problems.length > 0) return 'failed'
    if (journal.state.status === 'paused') await journal.append({ type: 'schedule-continued' })
    if (journal.state.windowClosedAtMs === undefined) {
      await this.#startProbes()
      await this.#openWindow()
      if (journal.state.windowOpenedAtMs !== undefined) await this.#passWindow()
    }
    if (!control.cancelAsked) return 'completed'
    await this.#probes.stop(this.#options.clock.nowMs())
    return 'cancelled'
  }

  async #startProbes(): Promise<void> {
    const { spec, lab, clock, writer, history, recordedTicks = () => 0 } = this.#options
    let series = this.journal.state.series
    if (series.length === 0) {
      series = planSeries(spec, lab.addressOf.bind(lab), clock.nowMs())
      this.journal.note({ type: 'series-declared', series })
    }
    writer.declareSeries(series)
    if (!this.#continued) return this.#probes.start(series)
    const nowMs = clock.nowMs()
    const { windowOpenedAtMs } = this.journal.state
    if (windowOpenedAtMs !== undefined) this.#schedule.openAt(windowOpenedAtMs, pausedMsOf(history, nowMs))
    const endMs = windowOpenedAtMs === undefined ? Number.POSITIVE_INFINITY : this.#window.endMs()
    return this.#probes.start(series, { nowMs, endMs, recordedTicks })
  }

  /** Waits for a steady lab; a measurement that starts from a broken one would mislead. */
  async #openWindow(): Promise<void> {
    const { journal, control } = this
    if (journal.state.windowOpenedAtMs !== undefined) return
    const latestMs = this.#options.clock.nowMs() + steadyStateLimitSeconds * 1000
    const steady = await passGate({
      ...this.#options,
      control,
      probes: this.#probes,
      latestMs: () => latestMs,
      onWaiting: (obstacles) => journal.note({ type: 'steady-state-waiting', obstacles }),
    })
    if (control.cancelAsked) return this.#dropRest()
    if (steady === undefined) throwProblem('run.no-steady-state', { seconds: steadyStateLimitSeconds })
    journal.note({ type: 'window-opened' })
    this.#schedule.openAt(journal.state.windowOpenedAtMs ?? this.#options.clock.nowMs())
  }

  async #passWindow(): Promise<void> {
    const { journal, control } = this
    this.#window.start((error) => control.fail(error))
    for (const [index, fault] of this.#options.spec.plan.faults.entries()) {
      const status = journal.state.faults[index]?.status
      if (status === 'planned' || status === 'waiting') await this.#faults.carryOut(fault, index)
    }
    if (!this.#window.closed) await control.waitUntil(() => this.#window.endMs())
    if (!control.cancelAsked) return this.#window.end()
    await this.#dropRest()
    await this.#window.endEarly()
  }

  async #dropRest(): Promise<void> {
    for (const { id, status } of this.journal.state.faults)
      if (status === 'planned' || status === 'waiting')
        await this.journal.append({ type: 'fault-skipped', fault: id, reason: 'cancelled' })
  }

  async #healOpenFaults(): Promise<void> {
    for (const fault of openFaultsOf(this.journal.state)) await this.#faults.heal(fault)
  }

  /** Leaves the lab healed and the file readable, as far as either is still possible. */
  async #fail(error: unknown): Promise<void> {
    await this.#reportProblem(error)
    const steps = [
      () => this.#healOpenFaults(),
      () => this.#window.endEarly(),
      () => this.#probes.stop(this.#options.clock.nowMs()),
    ]
    for (const step of steps) {
      try {
        await step()
      } catch (another) {
        if (another !== error) await this.#reportProblem(another)
      }
    }
  }

  async #reportProblem(error: unknown): Promise<void> {
    const met = error instanceof ProblemError ? error.problem : problem('run.failed', {}, String(error))
    const stack = error instanceof Error ? error.stack : undefined
    this.#options.log.error('run.problem', { code: met.code, detail: met.detail, stack })
    try {
      if (!this.journal.breakage) await this.journal.append({ type: 'problem-met', problem: met })
    } catch {
      // The journal keeps why it broke, and the run ends with that.
    }
  }
}
