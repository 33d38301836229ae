import type { JournalEntry } from '../../shared/domain/journal.ts'
import { type Phase, planWindowSeconds } from '../../shared/domain/plan.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { Clock } from '../contracts/clock.ts'
import type { ProbeWatch } from './probe-watch.ts'
import type { RunJournal } from './run-journal.ts'
import type { WindowSchedule } from './window-schedule.ts'

export interface MeasuredWindowOptions {
  readonly plan: RunSpec['plan']
  readonly clock: Clock
  readonly journal: RunJournal
  readonly schedule: WindowSchedule
  readonly probes: ProbeWatch
  /** What earlier sessions of a continued run journalled; empty otherwise. */
  readonly history: readonly JournalEntry[]
}

/** The window's own course beside that of the faults: phases by the clock, and an end that no fault can move. */
export class MeasuredWindow {
  readonly #options: MeasuredWindowOptions
  readonly #early = new AbortController()
  #course: Promise<void> | undefined
  #closed = false

  constructor(options: MeasuredWindowOptions) {
    this.#options = options
  }

  get closed(): boolean {
    return this.#closed
  }

  /** End by what is known now; a pause moves it. */
  endMs(): number {
    return this.#options.schedule.atMs(planWindowSeconds(this.#options.plan) * 1000)
  }

  /** Begins the phases. `onFailure` hears of what goes wrong beside the course of the faults. */
  start(onFailure: (error: unknown) => void): void {
    this.#course = this.#pass()
    this.#course.catch(onFailure)
  }

  /** Resolves when the planned end has come and the last sample is delivered. */
  async end(): Promise<void> {
    await this.#course
  }

  /** Ends the window now, if it has been opened. */
  async endEarly(): Promise<void> {
    this.#early.abort()
    await this.#course
  }

  async #pass(): Promise<void> {
    const { plan, clock, journal, probes } = this.#options
    let endOffsetMs = 0
    for (const phase of plan.phases) {
      endOffsetMs += phase.durationSeconds * 1000
      if (!this.#has('phase-ended', phase)) await this.#passPhase(phase, endOffsetMs)
      if (this.#early.signal.aborted) break
    }
    const endMs = this.#early.signal.aborted ? clock.nowMs() : this.endMs()
    this.#closed = true
    journal.note({ type: 'window-closed' })
    // The last answers come after the end, up to a deadline later.
    await probes.stop(endMs)
  }

  async #passPhase(phase: Phase, endOffsetMs: number): Promise<void> {
    const { journal, schedule } = this.#options
    if (!this.#has('phase-started', phase)) journal.note({ type: 'phase-started', phase: phase.id })
    try {
      await schedule.sleepUntil(endOffsetMs, this.#early.signal)
    } catch (error) {
      if (!this.#early.signal.aborted) throw error
    }
    journal.note({ type: 'phase-ended', phase: phase.id })
  }

  #has(type: 'phase-started' | 'phase-ended', phase: Phase): boolean {
    return this.#options.history.some(({ event }) => event.type === type && event.phase === phase.id)
  }
}
