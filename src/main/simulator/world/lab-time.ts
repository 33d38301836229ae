import type { EventScheduler } from '../../contracts/clock.ts'

interface Planned {
  readonly atMs: number
  readonly action: () => void
  /** Absent while the laptop sleeps. */
  cancel?: () => void
}

/**
 * The time that passes in a lab: it stands still while the laptop sleeps, and whatever was planned by it comes later by
 * as long. For parts that belong to no single node, such as storage; nodes stand still by themselves.
 */
export class LabTime implements EventScheduler {
  readonly #scheduler: EventScheduler
  readonly #planned = new Set<Planned>()
  #sleptMs = 0
  #asleepSinceMs: number | undefined

  constructor(scheduler: EventScheduler) {
    this.#scheduler = scheduler
  }

  nowMs(): number {
    return (this.#asleepSinceMs ?? this.#scheduler.nowMs()) - this.#sleptMs
  }

  at(atMs: number, action: () => void): () => void {
    const planned: Planned = { atMs, action }
    this.#planned.add(planned)
    if (this.#asleepSinceMs === undefined) this.#schedule(planned)
    return () => {
      this.#planned.delete(planned)
      planned.cancel?.()
    }
  }

  standStill(): void {
    this.#asleepSinceMs ??= this.#scheduler.nowMs()
    for (const planned of this.#planned) {
      planned.cancel?.()
      delete planned.cancel
    }
  }

  goOn(): void {
    if (this.#asleepSinceMs === undefined) return
    this.#sleptMs += this.#scheduler.nowMs() - this.#asleepSinceMs
    this.#asleepSinceMs = undefined
    for (const planned of this.#planned) this.#schedule(planned)
  }

  #schedule(planned: Planned): void {
    planned.cancel = this.#scheduler.at(planned.atMs + this.#sleptMs, () => {
      this.#planned.delete(planned)
      planned.action()
    })
  }
}
