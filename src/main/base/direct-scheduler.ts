import assert from 'node:assert'
import type { EventScheduler } from '../contracts/clock.ts'
import { EventQueue } from './event-queue.ts'

/** More events than this at one moment only happen where each plans the next one for now. */
const mostEventsAtOnce = 100_000

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

  /** Runs every event up to `endMs`, that moment included; then it is `endMs`. Throws what an event throws, and when events keep time from going on. */
  runUntil(endMs: number): void {
    let eventsAtOnce = 0
    for (;;) {
      const atMs = this.#queue.nextAtMs()
      if (atMs === undefined || atMs > endMs) break
      const action = this.#queue.take()
      eventsAtOnce = atMs > this.#nowMs ? 0 : eventsAtOnce + 1
      assert(eventsAtOnce <= mostEventsAtOnce, `direct scheduler: time stands still at ${atMs} ms`)
      this.#nowMs = atMs
      action?.()
      this.#afterEvent()
    }
    this.#nowMs = Math.max(this.#nowMs, endMs)
  }
}
