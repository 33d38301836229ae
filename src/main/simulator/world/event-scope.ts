import type { EventScheduler } from '../../contracts/clock.ts'

/** Events of one owner, which end together: a node that loses power takes all it had planned along. */
export class EventScope {
  readonly #scheduler: EventScheduler
  readonly #cancels = new Set<() => void>()

  constructor(scheduler: EventScheduler) {
    this.#scheduler = scheduler
  }

  nowMs(): number {
    return this.#scheduler.nowMs()
  }

  after(delayMs: number, action: () => void): () => void {
    return this.at(this.#scheduler.nowMs() + delayMs, action)
  }

  at(atMs: number, action: () => void): () => void {
    const cancelEvent = this.#scheduler.at(atMs, () => {
      this.#cancels.delete(cancel)
      action()
    })
    const cancel = () => {
      this.#cancels.delete(cancel)
      cancelEvent()
    }
    this.#cancels.add(cancel)
    return cancel
  }

  clear(): void {
    for (const cancel of this.#cancels) cancel()
  }
}
