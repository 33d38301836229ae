import type { RealTime } from '../base/real-time.ts'

const longestTimerMs = 2_147_483_647

/** A machine's time that a test moves by hand. Like the real one it has no timer beyond 24.8 days. */
export class ManualTime implements RealTime {
  /** Makes timers fire before their moment, as real ones may. */
  timersFireEarlyByMs = 0
  #nowMs = 0
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.min(longestTimerMs, Math.max(0, delayMs)), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Moves on, firing timers at their moments. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs
    for (;;) {
      const due = [...this.#timers]
        .filter(({ atMs }) => atMs - this.timersFireEarlyByMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs - this.timersFireEarlyByMs)
      // An early timer is early once: its successor must not fire at the same moment for ever.
      this.timersFireEarlyByMs = 0
      due.callback()
    }
    this.#nowMs = endMs
  }
}
