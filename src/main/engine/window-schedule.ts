import type { JournalEntry } from '../../shared/domain/journal.ts'
import type { Clock } from '../contracts/clock.ts'

/** Moments counted from the opening of the measured window; pauses move what is still to come. */
export class WindowSchedule {
  readonly #clock: Clock
  #originMs = 0
  #pause: { readonly sinceMs: number; readonly ended: Promise<void>; readonly end: () => void } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get paused(): boolean {
    return this.#pause !== undefined
  }

  /** `shiftMs`: pauses that were taken before this program took over. */
  openAt(atMs: number, shiftMs = 0): void {
    this.#originMs = atMs + shiftMs
  }

  /** When, on the run's clock, a moment of the window is due by what is known now. */
  atMs(offsetMs: number): number {
    return this.#originMs + offsetMs
  }

  pause(): void {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    this.#pause = { sinceMs: this.#clock.nowMs(), ended, end }
  }

  proceed(): void {
    if (this.#pause === undefined) return
    this.#originMs += this.#clock.nowMs() - this.#pause.sinceMs
    this.#pause.end()
    this.#pause = undefined
  }

  /** Rejects with the signal's reason when that aborts first. */
  async sleepUntil(offsetMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      // A pause hardly ever ends by being aborted: cancelling a run ends its pause.
      await this.#pause?.ended
      signal.throwIfAborted()
      if (this.#clock.nowMs() >= this.atMs(offsetMs)) return
      await this.#clock.sleepUntil(this.atMs(offsetMs), signal)
    }
  }
}

/** Length of the pauses within the window so far; one that was not ended lasts until `nowMs`. */
export function pausedMsOf(history: readonly JournalEntry[], nowMs: number): number {
  let pausedMs = 0
  let sinceMs: number | undefined
  for (const { atMs, event } of history) {
    if (event.type === 'window-opened') pausedMs = 0
    else if (event.type === 'schedule-paused') sinceMs = atMs
    else if (event.type === 'schedule-continued' && sinceMs !== undefined) {
      pausedMs += atMs - sinceMs
      sinceMs = undefined
    }
  }
  return sinceMs === undefined ? pausedMs : pausedMs + nowMs - sinceMs
}
