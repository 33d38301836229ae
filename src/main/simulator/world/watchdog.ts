import type { WatchdogId } from '../ha/environment.ts'
import type { EventScope } from './event-scope.ts'
import type { WorldParameters } from './parameters.ts'

const expired = 'client watchdog expired - disable watchdog updates'

interface Surroundings {
  /** Ends with the node's current boot. */
  readonly scope: EventScope
  readonly parameters: WorldParameters
  log(message: string): void
  reset(): void
}

/**
 * The watchdog multiplexer of one boot of a node. Its clients feed it; one that starves for 60 s makes it stop
 * feeding the device, and the device resets the node 10 s after it was last fed.
 */
export class NodeWatchdog {
  readonly #with: Surroundings
  readonly #startedAtMs: number
  readonly #fedAtMs = new Map<WatchdogId, number>()
  #opened = 0
  #expired = false

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#startedAtMs = surroundings.scope.nowMs()
  }

  open(): WatchdogId {
    this.#opened += 1
    const id = `client-${this.#opened}`
    this.#fedAtMs.set(id, this.#with.scope.nowMs())
    this.#lookAgain(id)
    return id
  }

  feed(id: WatchdogId): void {
    if (this.#fedAtMs.has(id)) this.#fedAtMs.set(id, this.#with.scope.nowMs())
  }

  close(id: WatchdogId): void {
    this.#fedAtMs.delete(id)
  }

  get clients(): number {
    return this.#fedAtMs.size
  }

  /** The node's processors went on: who starved meanwhile is found at once, and the device has not been fed either. */
  wokeUp(): void {
    const { scope, parameters } = this.#with
    const longestMs = parameters.watchdogClientTimeout * 1000
    const isStarved = [...this.#fedAtMs.values()].some((fedAtMs) => scope.nowMs() - fedAtMs > longestMs)
    if (!isStarved && !this.#expired) return
    if (!this.#expired) this.#with.log(expired)
    this.#expired = true
    this.#with.reset()
  }

  #lookAgain(id: WatchdogId): void {
    const fedAtMs = this.#fedAtMs.get(id)
    if (fedAtMs === undefined || this.#expired) return
    const { scope, parameters } = this.#with
    const tickMs = parameters.watchdogTick * 1000
    const hungryAtMs = fedAtMs + parameters.watchdogClientTimeout * 1000
    const tick = Math.ceil((hungryAtMs - this.#startedAtMs) / tickMs)
    scope.at(this.#startedAtMs + tick * tickMs, () => {
      if (this.#fedAtMs.get(id) === fedAtMs) this.#giveUp(tickMs)
      else this.#lookAgain(id)
    })
  }

  #giveUp(tickMs: number): void {
    if (this.#expired) return
    this.#expired = true
    const { scope, parameters } = this.#with
    this.#with.log(expired)
    // The device was last fed one tick before the client was found starving.
    scope.after(parameters.watchdogDeviceTimeout * 1000 - tickMs, () => this.#with.reset())
  }
}
