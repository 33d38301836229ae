import assert from 'node:assert'
import type { Clock, EventScheduler } from '../contracts/clock.ts'
import { EventQueue, type QueuedEvent } from './event-queue.ts'
import { Pacer } from './pacer.ts'
import { machineTime, type RealTime } from './real-time.ts'

/** Wall time at virtual zero: fixed, so that labels made from it are equal in every repetition of a run. */
const epochMs = Date.UTC(2026, 0, 1)

/** Longest stretch of work before the real event loop gets a turn, so that web sockets and windows stay alive. */
const longestSliceMs = 8
/** Events between two looks at the real clock: a look costs more than a trivial event. */
const eventsPerLook = 128

/**
 * Turns of the event loop a main that seems to wait for nothing is given. One lets every promise continuation
 * run; the others forgive code that passes through `setImmediate`.
 */
const turnsBeforeStuck = 4

/**
 * Time that moves only with its event queue. Events run synchronously; where one of them ends a sleep, all
 * continuations run before the next event, so that a program of promises sees the same order every time.
 *
 * Two rules for what runs inside `run`:
 * - Whoever waits for virtual time waits with `sleep` or `sleepUntil`. A promise settled by a plain `at` event
 *   continues at no particular moment.
 * - Whoever waits for the real world (a disk, a person) wraps it in `hold`. Forgotten, `run` rejects and says so.
 *   To stay responsive to the outside while time goes on, sleep until `Infinity` with an AbortSignal.
 */
export class VirtualClock implements Clock, EventScheduler {
  readonly #queue = new EventQueue()
  readonly #realTime: RealTime
  readonly #pacer: Pacer
  readonly #holds = new Set<{ readonly label: string }>()
  #nowMs = 0
  #sleepers = 0
  /** Set by an event that ended a sleep: promise continuations must run before the next event. */
  #continuationsDue = false
  #lastHold: string | undefined
  #paused = false
  #running = false
  #interrupt: () => void = () => {}

  constructor(realTime: RealTime = machineTime) {
    this.#realTime = realTime
    this.#pacer = new Pacer(realTime)
  }

  nowMs(): number {
    return this.#nowMs
  }

  wallTime(): string {
    return new Date(epochMs + this.#nowMs).toISOString()
  }

  at(atMs: number, action: () => void): () => void {
    const event = this.#enqueue(atMs, action)
    return () => this.#queue.cancel(event)
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.sleepUntil(this.#nowMs + Math.max(0, durationMs), signal)
  }

  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        this.#sleepers--
        this.#continuationsDue = true
        resolve()
      }
      const abort = () => {
        this.#queue.cancel(event)
        this.#sleepers--
        this.#continuationsDue = true
        this.#interrupt()
        reject(signal?.reason)
      }
      const event = this.#enqueue(atMs, wake)
      this.#sleepers++
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  async hold<T>(label: string, work: Promise<T>): Promise<T> {
    const held = { label }
    this.#holds.add(held)
    this.#lastHold = label
    this.#pacer.freeze(this.#nowMs)
    try {
      return await work
    } finally {
      this.#holds.delete(held)
      this.#thawIfFree()
      this.#interrupt()
    }
  }

  get speed(): number {
    return this.#pacer.speed
  }

  /** Virtual seconds per real second: 1, 60, 720, or `Infinity` for as fast as the machine can. */
  setSpeed(speed: number): void {
    this.#pacer.setSpeed(speed, this.#nowMs)
    this.#interrupt()
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Freezes virtual time until `proceed`. */
  pause(): void {
    this.#paused = true
    this.#pacer.freeze(this.#nowMs)
  }

  proceed(): void {
    this.#paused = false
    this.#thawIfFree()
    this.#interrupt()
  }

  /**
   * Runs `main` in virtual time and settles as it does. Rejects with what an event threw, or when `main` waits
   * for something that neither this clock nor a hold will bring.
   */
  async run<T>(main: () => Promise<T>): Promise<T> {
    assert(!this.#running, 'virtual clock: already running')
    this.#running = true
    let settled = false
    const result = (async () => main())().finally(() => {
      settled = true
      this.#interrupt()
    })
    // Handled here too: when an event throws, `run` rejects with that and nobody awaits `result` any more.
    result.catch(() => {})
    try {
      for (;;) {
        this.#continuationsDue = false
        await this.#realTime.turn()
        if (settled) return await result
        if (this.#frozen) await this.#outsideChange()
        else if (this.#sleepers === 0) await this.#giveLastTurns(() => settled)
        else await this.#advance()
      }
    } finally {
      this.#running = false
    }
  }

  get #frozen(): boolean {
    return this.#paused || this.#holds.size > 0
  }

  #thawIfFree(): void {
    if (!this.#frozen) this.#pacer.thaw()
  }

  #enqueue(atMs: number, action: () => void): QueuedEvent {
    assert(!Number.isNaN(atMs), 'virtual clock: event at NaN')
    const event = this.#queue.add(Math.max(atMs, this.#nowMs), action)
    if (this.#queue.nextAtMs() === event.atMs) this.#interrupt()
    return event
  }

  /** Runs events until a sleeper woke, time was frozen, the slice is over, or the next event is not yet due. */
  async #advance(): Promise<void> {
    const sliceEndMs = this.#realTime.nowMs() + longestSliceMs
    for (let count = 1; ; count++) {
      const atMs = this.#queue.nextAtMs()
      if (atMs === undefined || atMs === Number.POSITIVE_INFINITY) return this.#idle()
      const delayMs = this.#pacer.delayUntilMs(atMs)
      if (delayMs > 0) return this.#outsideChange(delayMs)
      const action = this.#queue.take()
      this.#nowMs = atMs
      action?.()
      if (this.#continuationsDue || this.#frozen) return
      if (count % eventsPerLook === 0 && this.#realTime.nowMs() >= sliceEndMs) return
    }
  }

  /** Nothing is planned: time stands still, so that what is planned later counts from then. */
  async #idle(): Promise<void> {
    this.#pacer.freeze(this.#nowMs)
    await this.#outsideChange()
    this.#thawIfFree()
  }

  /** Resolves when something outside the queue changed (or after `delayMs`): a hold ended, a command came. */
  #outsideChange(delayMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const cancelTimer = delayMs === undefined ? undefined : this.#realTime.after(delayMs, () => finish())
      const finish = () => {
        this.#interrupt = () => {}
        cancelTimer?.()
        resolve()
      }
      this.#interrupt = finish
    })
  }

  async #giveLastTurns(isSettled: () => boolean): Promise<void> {
    for (let turn = 0; turn < turnsBeforeStuck; turn++) {
      await this.#realTime.turn()
      if (isSettled() || this.#frozen || this.#sleepers > 0) return
    }
    const last =
      this.#lastHold === undefined ? 'nothing was held so far' : `last hold was "${this.#lastHold}"`
    throw new Error(
      `virtual clock: main waits for real work outside hold() at ${this.#nowMs} ms; ${last}; ` +
        `${this.#queue.size} plain events are queued`,
    )
  }
}
