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
 * The watchdog multiplexer of one boot of a node. Its clients feed it; one that starves for 60 s, or is gone without
 * closing it, makes it stop feeding the device, and the device resets the node 10 s after it was last fed.
 */
export class NodeWatchdog {
  readonly #with: Surroundings
  #startedAtMs: number
  readonly #fedAtMs = new Map<WatchdogId, number>()
  #opened = 0
  /** The device is not fed any more. */
  #expired = false
  #isRunning = true
  #cancelReset: (() => void) | undefined

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#startedAtMs = surroundings.scope.nowMs()
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Anew: whoever had it open has to open it again, and the device is fed once more. */
  start(): void {
    this.#cancelReset?.()
    this.#fedAtMs.clear()
    this.#expired = false
    this.#isRunning = true
    this.#startedAtMs = this.#with.scope.nowMs()
  }

  /** Asked to end: it lets go of the device only if nobody counts on it. */
  terminate(): void {
    this.#with.log('got terminate request')
    if (this.#fedAtMs.size === 0) this.#with.log('clean exit')
    else {
      this.#with.log('exit watchdog-mux with active connections')
      this.#starveDevice(this.#lastTickMs)
    }
    this.#isRunning = false
  }

  /** Killed: the device is left open, whether or not anybody counts on it. */
  die(): void {
    this.#isRunning = false
    this.#starveDevice(this.#lastTickMs)
  }

  /** Throws when the multiplexer does not run. */
  open(): WatchdogId {
    if (!this.#isRunning) throw new Error('unable to open watchdog socket - No such file or directory')
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

  /** The client is gone and did not close it. */
  abandon(id: WatchdogId): void {
    if (!this.#fedAtMs.delete(id) || this.#expired || !this.#isRunning) return
    this.#with.log('client did not stop watchdog - disable watchdog updates')
    this.#starveDevice(this.#lastTickMs)
  }

  /** It is fed by that client, or resets its node within seconds. */
  guards(id: WatchdogId): boolean {
    return this.#expired || this.#fedAtMs.has(id)
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
    if (this.#expired || !this.#isRunning) return
    this.#with.log(expired)
    // The device was last fed one tick before the client was found starving.
    this.#starveDevice(this.#with.scope.nowMs() - tickMs)
  }

  #starveDevice(lastFedAtMs: number): void {
    if (this.#expired) return
    this.#expired = true
    const { scope, parameters } = this.#with
    const resetAtMs = lastFedAtMs + parameters.watchdogDeviceTimeout * 1000
    this.#cancelReset = scope.at(resetAtMs, () => this.#with.reset())
  }

  get #lastTickMs(): number {
    const tickMs = this.#with.parameters.watchdogTick * 1000
    const sinceStartMs = this.#with.scope.nowMs() - this.#startedAtMs
    return this.#startedAtMs + Math.floor(sinceStartMs / tickMs) * tickMs
  }
}
