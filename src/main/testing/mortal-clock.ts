import type { Clock } from '../contracts/clock.ts'

/**
 * A clock whose users can be stopped dead, as a killed process is: from `die` on, no wait on it ever ends, and
 * time goes on without them.
 */
export class MortalClock implements Clock {
  readonly #inner: Clock
  readonly #death = new AbortController()

  constructor(inner: Clock) {
    this.#inner = inner
  }

  die(): void {
    this.#death.abort()
  }

  nowMs(): number {
    return this.#inner.nowMs()
  }

  wallTime(): string {
    return this.#inner.wallTime()
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.sleepUntil(this.nowMs() + durationMs, signal)
  }

  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
    const signals = signal ? [signal, this.#death.signal] : [this.#death.signal]
    return this.#whileAlive(this.#inner.sleepUntil(atMs, AbortSignal.any(signals)))
  }

  hold<T>(label: string, work: Promise<T>): Promise<T> {
    const death = new Promise<never>((_, reject) => {
      if (this.#death.signal.aborted) reject(this.#death.signal.reason)
      this.#death.signal.addEventListener('abort', () => reject(this.#death.signal.reason), { once: true })
    })
    return this.#whileAlive(this.#inner.hold(label, Promise.race([work, death])))
  }

  async #whileAlive<T>(wait: Promise<T>): Promise<T> {
    try {
      return await wait
    } finally {
      if (this.#death.signal.aborted) await new Promise(() => {})
    }
  }
}
