import type { Clock } from '../contracts/clock.ts'
import { machineTime, type RealTime } from './real-time.ts'

/** The machine's clock, counted from its creation. */
export class SystemClock implements Clock {
  readonly #realTime: RealTime
  readonly #originMs: number

  constructor(realTime: RealTime = machineTime) {
    this.#realTime = realTime
    this.#originMs = realTime.nowMs()
  }

  nowMs(): number {
    return this.#realTime.nowMs() - this.#originMs
  }

  wallTime(): string {
    return new Date().toISOString()
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.sleepUntil(this.nowMs() + Math.max(0, durationMs), signal)
  }

  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      let cancelTimer = () => {}
      const abort = () => {
        cancelTimer()
        reject(signal?.reason)
      }
      // Timers may fire a little early and cannot be longer than 24.8 days, so each one only leads to a look
      // at the clock.
      const look = () => {
        const remainingMs = atMs - this.nowMs()
        if (remainingMs > 0) {
          cancelTimer = this.#realTime.after(remainingMs, look)
          return
        }
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      signal?.addEventListener('abort', abort, { once: true })
      if (atMs - this.nowMs() > 0) look()
      // A past moment still costs a turn, so that a loop over due moments cannot starve the event loop.
      else cancelTimer = this.#realTime.after(0, look)
    })
  }

  hold<T>(_label: string, work: Promise<T>): Promise<T> {
    return work
  }
}
