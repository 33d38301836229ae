import type { EventScheduler } from '../../../contracts/clock.ts'
import type { WorldParameters } from '../parameters.ts'
import type { Osd } from './osd.ts'

interface Surroundings {
  readonly osds: readonly Osd[]
  readonly scheduler: EventScheduler
  readonly parameters: Pick<WorldParameters, 'osdDownOut'>
  /** When the first tick of the monitors falls, in milliseconds. */
  readonly tickPhaseMs: number
  /** It may go out now, unless it may not; who does is to be forgotten. */
  markOut(osd: Osd): void
}

/** Takes OSDs out that have been down for long. */
export class DownOut {
  readonly #with: Surroundings
  readonly #due = new Set<Osd>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** Time between two ticks of the monitors, in milliseconds. */
  get tickMs(): number {
    const [least, most] = this.#with.parameters.osdDownOut
    return (most - least) * 1000
  }

  /** It went down. Monitors look at their ticks who has been down for too long, all OSDs at the same one. */
  wentDown(osd: Osd): void {
    const { scheduler, parameters, tickPhaseMs, osds } = this.#with
    const { downSinceMs } = osd
    const longMs = parameters.osdDownOut[0] * 1000
    const ticks = Math.ceil((downSinceMs + longMs - tickPhaseMs) / this.tickMs)
    scheduler.at(Math.round(tickPhaseMs + ticks * this.tickMs), () => {
      if (osd.up || osd.downSinceMs !== downSinceMs) return
      const longAgoMs = scheduler.nowMs() - longMs
      for (const other of osds)
        if (!other.up && other.in && other.downSinceMs <= longAgoMs) this.#due.add(other)
      this.retry()
    })
  }

  /** What was refused because too few would have stayed in is tried anew a whole interval later. */
  retryLater(): void {
    if (this.#due.size === 0) return
    const { scheduler, parameters } = this.#with
    scheduler.at(scheduler.nowMs() + parameters.osdDownOut[0] * 1000, () => this.retry())
  }

  /** To be called when what forbade it may be gone. */
  retry(): void {
    for (const osd of this.#due) this.#with.markOut(osd)
  }

  /** It is up, out or gone for ever. */
  forget(osd: Osd): void {
    this.#due.delete(osd)
  }
}
