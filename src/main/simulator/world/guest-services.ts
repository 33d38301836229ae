import type { GuestService } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import type { GuestWork } from './guest-work.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'

/** As systemd calls it, without the moments in between that nobody sees. */
export type ServiceState = 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed'

/** A guest of which the lab says nothing else has one web server. */
const webServer: GuestService = { name: 'web', kind: 'web' }

interface Surroundings {
  readonly specs: readonly GuestService[] | undefined
  readonly random: Random
  readonly parameters: WorldParameters
  /** Work in the guest, which stands still with it. */
  readonly work: GuestWork
  slowdown(): number
  /** A service has come up or gone. */
  changed(): void
}

interface Service {
  readonly spec: GuestService
  state: ServiceState
  cancel?: () => void
}

/** The services in a guest's system. The first one is what clients of the guest use. */
export class GuestServices {
  readonly #with: Surroundings
  readonly #all: readonly Service[]

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#all = (surroundings.specs ?? [webServer]).map((spec) => ({ spec, state: 'inactive' }))
  }

  /** What the lab says of the service that clients use. */
  get front(): GuestService {
    return this.#all[0]?.spec ?? webServer
  }

  /** A service that is being stopped answers until its process ends. */
  get isFrontServing(): boolean {
    const state = this.#all[0]?.state
    return state === 'active' || state === 'deactivating'
  }

  get activeNames(): readonly string[] {
    return this.#all.filter(({ state }) => state === 'active').map(({ spec }) => spec.name)
  }

  /** As they were when the memory of the guest was written to disk. */
  restore(activeNames: readonly string[]): void {
    for (const service of this.#all) if (activeNames.includes(service.spec.name)) service.state = 'active'
  }

  stateOf(name: string): ServiceState | undefined {
    return this.#find(name)?.state
  }

  /** The system has come up: each service is started, all at the same time. */
  startAll(): void {
    for (const service of this.#all) this.#start(service)
  }

  /** The system goes down. */
  stopAll(): void {
    for (const service of this.#all) this.#stop(service)
  }

  /** The system is gone at once. */
  clear(): void {
    for (const service of this.#all) {
      service.cancel?.()
      service.state = 'inactive'
    }
  }

  start(name: string): void {
    const service = this.#find(name)
    if (service !== undefined && service.state !== 'active' && service.state !== 'activating')
      this.#start(service)
  }

  /** As `systemctl stop`: it stays away until it is started, or the system is. */
  stop(name: string): void {
    const service = this.#find(name)
    if (service !== undefined && service.state !== 'inactive') this.#stop(service)
  }

  /** Its process dies; systemd starts it again unless the lab says otherwise. */
  crash(name: string): void {
    const service = this.#find(name)
    if (service === undefined || (service.state !== 'active' && service.state !== 'activating')) return
    this.#enter(service, 'failed')
    if (service.spec.restart === 'no') return
    const pauseMs = this.#with.parameters.serviceRestartPause * 1000
    service.cancel = this.#with.work.begin(pauseMs, 'processors', () => this.#start(service))
  }

  #start(service: Service): void {
    const { work, parameters, random, slowdown } = this.#with
    const { startSeconds } = service.spec
    const lengthMs =
      startSeconds === undefined ? millisecondsIn(parameters.guestService, random) : startSeconds * 1000
    this.#enter(service, 'activating')
    service.cancel = work.begin(lengthMs * slowdown(), 'disk', () => this.#enter(service, 'active'))
  }

  #stop(service: Service): void {
    const { work, parameters, random } = this.#with
    const { stopSeconds } = service.spec
    const lengthMs =
      stopSeconds === undefined ? millisecondsIn(parameters.guestServiceStop, random) : stopSeconds * 1000
    if (service.state !== 'active') {
      this.#enter(service, 'inactive')
      return
    }
    service.cancel?.()
    service.state = 'deactivating'
    service.cancel = work.begin(lengthMs, 'processors', () => this.#enter(service, 'inactive'))
  }

  #enter(service: Service, state: ServiceState): void {
    service.cancel?.()
    delete service.cancel
    service.state = state
    this.#with.changed()
  }

  #find(name: string): Service | undefined {
    return this.#all.find(({ spec }) => spec.name === name)
  }
}
