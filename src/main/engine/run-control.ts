import type { Clock } from '../contracts/clock.ts'
import type { RunJournal } from './run-journal.ts'
import type { StoredCommand, UserCommand } from './stored-commands.ts'
import type { WindowSchedule } from './window-schedule.ts'

/**
 * A live command takes effect this long after it was given, at a moment that no planned event shares: only then
 * does its repetition, which is planned from the start, find the same order of events. Any odd fraction will do.
 */
const commandDelayMs = 1.318309886183791

const interruption = Symbol('interruption')

export interface RunControlOptions {
  readonly clock: Clock
  readonly journal: RunJournal
  readonly schedule: WindowSchedule
  /** Ids of the plan's faults, in order. */
  readonly faults: readonly string[]
  /** Live commands take effect after this moment: until then the run repeats its past. */
  readonly pastEndsAtMs: number
}

/** All that may interrupt the course of a run: the user's commands, live or repeated, and failures beside the course. */
export class RunControl {
  readonly #options: RunControlOptions
  /** Faults that are no longer to come: begun, skipped, or settled in an earlier session. */
  readonly #settled = new Set<string>()
  readonly #skipped = new Set<string>()
  readonly #pending: UserCommand[] = []
  #cancelAsked = false
  #pauseAsked = false
  #paused = false
  #repeatedPause: UserCommand[] | undefined
  #lastCommandMs: number
  #pumping = false
  #closed = false
  #failure: { readonly error: unknown } | undefined
  #wait = new AbortController()
  #somethingArrived = () => {}

  constructor(options: RunControlOptions) {
    this.#options = options
    this.#lastCommandMs = options.pastEndsAtMs
    for (const { id, status } of options.journal.state.faults)
      if (status !== 'planned' && status !== 'waiting') this.#settled.add(id)
    this.#cancelAsked = options.journal.state.cancelRequested
  }

  get cancelAsked(): boolean {
    return this.#cancelAsked
  }

  /** Whether the course has to drop this fault: it was skipped, or the run is cancelled. */
  drops(fault: string): boolean {
    return this.#cancelAsked || this.#skipped.has(fault)
  }

  /** From here on the fault is carried out; `skip` means the one after it. */
  begin(fault: string): void {
    this.#settled.add(fault)
  }

  /** A command of the user who watches now. */
  give(command: UserCommand): void {
    if (this.#closed) return
    this.#pending.push(command)
    this.#somethingArrived()
    this.#pump()
  }

  /** Plans what users asked in earlier sessions. To be called before the course plans anything itself. */
  repeat(stored: readonly StoredCommand[]): void {
    for (const { atMs, command, whilePaused } of stored) {
      const repetition = async () => {
        await this.#options.clock.sleepUntil(atMs)
        if (this.#closed) return
        if (command.kind === 'pause') this.#repeatedPause = whilePaused
        await this.#apply(command)
      }
      repetition().catch((error: unknown) => this.fail(error))
    }
  }

  /** Makes the course end with this error at its next wait. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#interrupt()
  }

  /** No command has an effect any more. */
  close(): void {
    this.#closed = true
  }

  /**
   * Waits until `atMs()`, or until the run is cancelled or `fault` skipped, whichever comes first. Where no fault
   * is open (`pausable`), a pause is taken on the way. Rejects with what was given to `fail`.
   */
  async waitUntil(atMs: () => number, { fault = '', pausable = true } = {}): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      if (this.#failure) throw this.#failure.error
      if (pausable && this.#pauseAsked && !this.drops(fault)) await this.#takePause()
      if (this.drops(fault) || clock.nowMs() >= atMs()) return
      this.#wait = new AbortController()
      try {
        await clock.sleepUntil(atMs(), this.#wait.signal)
      } catch (reason) {
        if (reason !== interruption) throw reason
      }
    }
  }

  #interrupt(): void {
    this.#wait.abort(interruption)
    this.#somethingArrived()
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    this.#applyPending()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#pumping = false
      })
  }

  async #applyPending(): Promise<void> {
    const { clock } = this.#options
    while (this.#pending.length > 0 && !this.#paused && !this.#closed) {
      this.#lastCommandMs = Math.max(clock.nowMs(), this.#lastCommandMs) + commandDelayMs
      await clock.sleepUntil(this.#lastCommandMs)
      // A pause that began meanwhile takes the command itself.
      const command = this.#paused || this.#closed ? undefined : this.#pending.shift()
      if (command) await this.#apply(command)
    }
  }

  async #apply(command: UserCommand): Promise<void> {
    const { journal, faults } = this.#options
    // A cancelled run drops what is left by itself.
    if (this.#cancelAsked) return
    switch (command.kind) {
      case 'pause':
        this.#pauseAsked = true
        break
      case 'proceed':
        this.#pauseAsked = false
        return
      case 'cancel':
        await journal.append({ type: 'cancel-requested' })
        this.#cancelAsked = true
        break
      case 'skip': {
        const fault = command.fault ?? faults.find((id) => !this.#settled.has(id))
        if (fault === undefined || this.#settled.has(fault)) return
        this.#settled.add(fault)
        this.#skipped.add(fault)
        await journal.append({ type: 'fault-skipped', fault, reason: 'user' })
      }
    }
    this.#interrupt()
  }

  async #takePause(): Promise<void> {
    const { journal, schedule } = this.#options
    this.#pauseAsked = false
    this.#paused = true
    schedule.pause()
    await journal.append({ type: 'schedule-paused' })
    while (!this.#cancelAsked) {
      const command = await this.#nextWhilePaused()
      if (command.kind === 'proceed') {
        await journal.append({ type: 'schedule-continued' })
        break
      }
      if (command.kind !== 'pause') await this.#apply(command)
    }
    this.#repeatedPause = undefined
    this.#paused = false
    schedule.proceed()
    this.#pump()
  }

  async #nextWhilePaused(): Promise<UserCommand> {
    // A pause that was never ended, because the program was, ends with the resumption: that is what resuming asks.
    if (this.#repeatedPause) return this.#repeatedPause.shift() ?? { kind: 'proceed' }
    for (;;) {
      if (this.#failure) throw this.#failure.error
      const command = this.#pending.shift()
      if (command) return command
      const arrival = new Promise<void>((resolve) => {
        this.#somethingArrived = resolve
      })
      await this.#options.clock.hold('paused by the user', arrival)
    }
  }
}
