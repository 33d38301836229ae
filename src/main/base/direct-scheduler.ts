import assert from 'node:assert'
import type { EventScheduler } from '../contracts/clock.ts'
import { EventQueue } from './event-queue.ts'

/**
 * Events run on the caller's stack, for programs that wait for nothing but them: what `VirtualClock` does, without
 * promises, pace and pauses. Thousands of simulated hours need no turn of the event loop.
 */
export class DirectScheduler implements EventScheduler {
  readonly #queue = new EventQueue()
  readonly #afterEvent: () => void
  #nowMs = 0

  /** `afterEvent` is called after each event, with everything the event did in place. */
  constructor(afterEvent: () => void = () => {}) {
    this.#afterEvent = afterEvent
  }

  nowMs(): number {
    return this.#nowMs
  }

  at(atMs: number, action: () => void): () => void {
    assert(!Number.isNaN(atMs), 'direct scheduler: event at NaN')
    const event = this.#queue.add(Math.max(atMs, this.#nowMs), action)
    return () => this.#queue.cancel(event)
  }

  /** Runs every event up to `endMs`, that moment included; then it is `endMs`. Throws what an event throws. */
  runUntil(endMs: number): void {
    for (;;) {
      const atMs = this.#queue.nextAtMs()
      if (atMs === undefined || atMs > endMs) break
      const action = this.#queue.take()
      this.#nowMs = atMs
      action?.()
      this.#afterEvent()
    }
    this.#nowMs = Math.max(this.#nowMs, endMs)
  }
}
