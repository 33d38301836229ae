import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type Range, type WorldParameters } from '../parameters.ts'
import type { CephMonitors } from './ceph-monitors.ts'

interface Surroundings {
  /** Nodes that have a manager from the beginning. */
  readonly daemonsOn: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly monitors: CephMonitors
  reaches(from: string, to: string): boolean
  log(node: string, level: string, message: string): void
  /** Another manager collects the statistics now, or the monitors learnt that none does. */
  activeChanged(): void
}

/**
 * At most one manager per node, one of them active: it collects what the status shows of placement groups. The monitors
 * drop a manager that is silent for the beacon's grace, an active one in favour of a standby.
 */
export class CephManagers {
  readonly #with: Surroundings
  readonly #installed: Set<string>
  readonly #running = new Set<string>()
  readonly #standbys = new Set<string>()
  readonly #drops = new Map<string, () => void>()
  /** Those that the monitors are about to hear of: new processes, or ones that were silent. */
  readonly #arrivals = new Map<string, 'new' | 'known'>()
  #active: string | undefined
  #available = false
  #epoch = 1
  #sinceMs = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#installed = new Set(surroundings.daemonsOn)
  }

  /** There is a manager on that node, running or not. */
  has(node: string): boolean {
    return this.#installed.has(node)
  }

  create(node: string): void {
    this.#installed.add(node)
    this.start(node)
  }

  /** It says goodbye if it runs. */
  remove(node: string): void {
    this.#installed.delete(node)
    this.stop(node, true)
  }

  /** The active manager of the published map, alive or not. */
  get published(): string | undefined {
    return this.#active
  }

  get isAvailable(): boolean {
    return this.#available
  }

  get standbys(): readonly string[] {
    return [...this.#standbys]
  }

  get epoch(): number {
    return this.#epoch
  }

  get sinceMs(): number {
    return this.#sinceMs
  }

  /** The active manager, if it works and the monitors hear it. */
  get active(): string | undefined {
    const active = this.#active
    return active !== undefined && this.#available && this.#isHeard(active) ? active : undefined
  }

  /** The monitors know of none. A cluster that never had one is given time. */
  get isMissing(): boolean {
    return this.#active === undefined && this.#epoch > 1
  }

  isRunning(node: string): boolean {
    return this.#running.has(node)
  }

  start(node: string): void {
    const { scheduler, random, parameters } = this.#with
    this.#running.add(node)
    scheduler.at(scheduler.nowMs() + millisecondsIn(parameters.mgrStart, random), () => {
      this.#arrivals.set(node, 'new')
      this.reconsider()
    })
  }

  /** As after a pause, in which nobody heard it. */
  thaw(node: string): void {
    this.#running.add(node)
    this.#arrivals.set(node, 'known')
    this.reconsider()
  }

  stop(node: string, orderly: boolean): void {
    this.#running.delete(node)
    this.#arrivals.delete(node)
    if (orderly) this.#dropLater(node, this.#with.parameters.mgrTakeover)
    this.reconsider()
  }

  /** An election makes the monitors wait the whole grace anew. */
  quorumChanged(): void {
    for (const cancel of this.#drops.values()) cancel()
    this.#drops.clear()
    if (this.#with.monitors.names.length === 0) this.#forgetAll()
    this.reconsider()
  }

  reconsider(): void {
    const { monitors, parameters } = this.#with
    if (!monitors.canCommit) return
    for (const [node, process] of this.#arrivals) if (this.#isHeard(node)) this.#register(node, process)
    for (const node of this.#members()) {
      if (!this.#isHeard(node)) this.#dropLater(node, parameters.mgrBeaconGrace)
      else this.#drops.delete(node)
    }
  }

  /** With the last monitor the map of managers is gone. */
  #forgetAll(): void {
    this.#active = undefined
    this.#available = false
    this.#standbys.clear()
    this.#epoch = 1
  }

  #members(): readonly string[] {
    return this.#active === undefined ? [...this.#standbys] : [this.#active, ...this.#standbys]
  }

  #register(node: string, process: 'new' | 'known'): void {
    this.#arrivals.delete(node)
    if (this.#active === node && process === 'new') {
      // A process that was replaced before anybody missed it has lost its place all the same.
      this.#log(`Active manager daemon ${node} restarted`)
      this.#drop(node)
    }
    if (this.#active === node || this.#standbys.has(node)) return
    this.#epoch += 1
    if (this.#active === undefined) this.#activate(node)
    else this.#standbys.add(node)
  }

  #dropLater(node: string, delay: Range): void {
    if (this.#drops.has(node) || !this.#members().includes(node)) return
    const { scheduler, random } = this.#with
    const cancel = scheduler.at(scheduler.nowMs() + millisecondsIn(delay, random), () => {
      if (this.#drops.get(node) !== cancel) return
      this.#drops.delete(node)
      if (this.#isHeard(node) || !this.#with.monitors.canCommit) {
        this.reconsider()
        return
      }
      this.#drop(node)
      // It goes on sending beacons: the first one that is heard makes it a standby.
      if (this.#running.has(node)) this.#arrivals.set(node, 'known')
    })
    this.#drops.set(node, cancel)
  }

  #drop(node: string): void {
    this.#epoch += 1
    this.#standbys.delete(node)
    if (this.#active !== node) return
    const heir = [...this.#standbys].find((standby) => this.#isHeard(standby))
    if (heir === undefined) {
      this.#active = undefined
      this.#available = false
      this.#sinceMs = this.#with.scheduler.nowMs()
      this.#with.activeChanged()
      return
    }
    this.#log(
      this.#isHeard(node)
        ? `Activating manager daemon ${heir}`
        : `Manager daemon ${node} is unresponsive, replacing it with standby daemon ${heir}`,
    )
    this.#standbys.delete(heir)
    this.#activate(heir)
  }

  #activate(node: string): void {
    const { scheduler, random, parameters } = this.#with
    this.#active = node
    this.#available = false
    this.#sinceMs = scheduler.nowMs()
    this.#with.activeChanged()
    scheduler.at(scheduler.nowMs() + millisecondsIn(parameters.mgrTakeover, random), () => {
      if (this.#active !== node || this.#available) return
      this.#available = true
      this.#log(`Manager daemon ${node} is now available`)
      this.#with.activeChanged()
    })
  }

  #log(message: string): void {
    const { monitors, log } = this.#with
    if (monitors.leader !== undefined) log(monitors.leader, 'INF', message)
  }

  #isHeard(node: string): boolean {
    const { leader } = this.#with.monitors
    return this.#running.has(node) && leader !== undefined && this.#with.reaches(node, leader)
  }
}
