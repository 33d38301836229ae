import type { EventScheduler } from '../../contracts/clock.ts'

interface Planned {
  atMs: number
  readonly action: () => void
  /** Absent while the scope stands still. */
  cancel?: () => void
}

/**
 * Events of one owner, which end together: a node that loses power takes all it had planned along. They also stand
 * still together, as those of a paused machine do.
 */
export class EventScope {
  readonly #scheduler: EventScheduler
  readonly #planned = new Set<Planned>()
  #stoodStillAtMs: number | undefined

  constructor(scheduler: EventScheduler) {
    this.#scheduler = scheduler
  }

  nowMs(): number {
    return this.#scheduler.nowMs()
  }

  get standsStill(): boolean {
    return this.#stoodStillAtMs !== undefined
  }

  after(delayMs: number, action: () => void): () => void {
    return this.at(this.#scheduler.nowMs() + delayMs, action)
  }

  at(atMs: number, action: () => void): () => void {
    const planned: Planned = { atMs, action }
    this.#planned.add(planned)
    if (!this.standsStill) this.#schedule(planned)
    return () => this.#drop(planned)
  }

  standStill(): void {
    if (this.standsStill) return
    this.#stoodStillAtMs = this.#scheduler.nowMs()
    for (const planned of this.#planned) {
      planned.cancel?.()
      delete planned.cancel
    }
  }

  /**
   * `deadlines`: what has become due meanwhile happens now, as it does with timers that look at a clock. `work`:
   * everything takes as long as it still had to take.
   */
  goOn(kind: 'deadlines' | 'work'): void {
    if (this.#stoodStillAtMs === undefined) return
    const nowMs = this.#scheduler.nowMs()
    const stoodStillMs = nowMs - this.#stoodStillAtMs
    this.#stoodStillAtMs = undefined
    for (const planned of this.#planned) {
      planned.atMs = kind === 'work' ? planned.atMs + stoodStillMs : Math.max(nowMs, planned.atMs)
      this.#schedule(planned)
    }
  }

  clear(): void {
    for (const planned of this.#planned) this.#drop(planned)
    this.#stoodStillAtMs = undefined
  }

  #schedule(planned: Planned): void {
    planned.cancel = this.#scheduler.at(planned.atMs, () => {
      this.#planned.delete(planned)
      planned.action()
    })
  }

  #drop(planned: Planned): void {
    this.#planned.delete(planned)
    planned.cancel?.()
  }
}
