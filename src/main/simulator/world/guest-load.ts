import type { LabGuest } from '../../../shared/domain/lab.ts'
import type { GuestProcess, Reach } from './guest-process.ts'
import type { WorldParameters } from './parameters.ts'
import { refusedFraction, type ServiceQueue } from './service-queue.ts'

/** A guest as far as its load matters. */
export interface LoadedGuest {
  readonly spec: LabGuest
  readonly reach: Reach
  readonly load: GuestLoad
}

interface Surroundings {
  readonly guest: LoadedGuest
  readonly parameters: WorldParameters
  process(): GuestProcess | undefined
  /** Those it needs, and those that need it. */
  guestOf(id: string): LoadedGuest
  readonly dependents: readonly string[]
}

const noQueues: readonly ServiceQueue[] = []

/** What clients ask of a guest's first service, and what becomes of it. */
export class GuestLoad {
  readonly #with: Surroundings

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** What clients ask of it, and what guests that need it pass on. */
  get requestsPerSecond(): number {
    const { guest, guestOf, dependents } = this.#with
    const passedOn = dependents.map(guestOf).filter(({ reach }) => reach === 'serving')
    const own = guest.spec.services?.[0]?.requestsPerSecond ?? 0
    return passedOn.reduce((sum, { load }) => sum + load.requestsPerSecond, own)
  }

  /** The queues that a request passes: its own service's, and those of the guests that needs. Empty without load. */
  get queues(): readonly ServiceQueue[] {
    const { guest, process, guestOf } = this.#with
    const { front } = process()?.services ?? {}
    if (front === undefined || guest.spec.services === undefined) return noQueues
    const others = (front.needs ?? []).flatMap((needed) => guestOf(needed).load.queues)
    const own = this.#ownQueue
    return own === undefined ? others : [own, ...others]
  }

  /** Requests that are answered per second: those that find a place, while the service works. */
  get answeredPerSecond(): number {
    const own = this.#with.guest.reach === 'serving' ? this.#ownQueue : undefined
    return own === undefined ? 0 : own.requestsPerSecond * (1 - refusedFraction(own))
  }

  /** Undefined without load, or without a process. */
  get #ownQueue(): ServiceQueue | undefined {
    const process = this.#with.process()
    const { requestsPerSecond } = this
    if (process === undefined || requestsPerSecond === 0) return undefined
    const { serviceCapacity, serviceBacklog } = this.#with.parameters
    return {
      requestsPerSecond,
      capacityPerSecond:
        (process.services.front.capacityPerSecond ?? serviceCapacity) / process.host.slowdown(),
      places: serviceBacklog,
    }
  }
}
