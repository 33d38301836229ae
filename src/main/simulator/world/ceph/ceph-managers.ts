import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type Range, type WorldParameters } from '../parameters.ts'
import type { CephMonitors } from './ceph-monitors.ts'

interface Surroundings {
  readonly nodes: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly monitors: CephMonitors
  reaches(from: string, to: string): boolean
  log(node: string, level: string, message: string): void
  /** Another manager collects the statistics now. */
  activeChanged(): void
}

/** One manager per node, one of them active: it collects what the status shows of placement groups. */
export class CephManagers {
  readonly #with: Surroundings
  readonly #running = new Set<string>()
  #active: string | undefined
  #cancelReplacement: (() => void) | undefined

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    // As the map had it when the lab was switched off.
    this.#active = surroundings.nodes[0]
  }

  /** The active manager, if it lives and the monitors hear it. */
  get active(): string | undefined {
    return this.#active !== undefined && this.#isHeard(this.#active) ? this.#active : undefined
  }

  /** Nobody collects statistics, and nobody is about to take over. */
  get isMissing(): boolean {
    return this.active === undefined && this.#cancelReplacement === undefined
  }

  start(node: string): void {
    this.#running.add(node)
    this.reconsider()
    if (node === this.active) this.#with.activeChanged()
  }

  stop(node: string, orderly: boolean): void {
    this.#running.delete(node)
    if (orderly && node === this.#active) this.#replaceLater(this.#with.parameters.mgrTakeover)
    else this.reconsider()
  }

  /** An election makes the monitors wait the whole grace anew. */
  quorumChanged(): void {
    this.#cancelReplacement?.()
    this.#cancelReplacement = undefined
    this.reconsider()
    if (this.active !== undefined) this.#with.activeChanged()
  }

  reconsider(): void {
    if (this.active !== undefined) {
      this.#cancelReplacement?.()
      this.#cancelReplacement = undefined
      return
    }
    if (this.#cancelReplacement !== undefined || this.#with.monitors.quorum.length === 0) return
    const { parameters } = this.#with
    const hasStandby = this.#with.monitors.quorum.some((node) => this.#isHeard(node))
    if (this.#active === undefined && !hasStandby) return
    this.#replaceLater(this.#active === undefined ? parameters.mgrTakeover : parameters.mgrBeaconGrace)
  }

  #replaceLater(delay: Range): void {
    const { scheduler, random } = this.#with
    this.#cancelReplacement?.()
    this.#cancelReplacement = scheduler.at(scheduler.nowMs() + millisecondsIn(delay, random), () => {
      this.#cancelReplacement = undefined
      if (this.active !== undefined || this.#with.monitors.quorum.length === 0) return
      this.#replace()
    })
  }

  #replace(): void {
    const { monitors } = this.#with
    const standby = monitors.quorum.find((node) => this.#isHeard(node))
    const gone = this.#active
    this.#active = standby
    if (standby === undefined) return
    const leader = monitors.leader ?? standby
    if (gone !== undefined && gone !== standby)
      this.#with.log(
        leader,
        'INF',
        `Manager daemon ${gone} is unresponsive, replacing it with standby daemon ${standby}`,
      )
    this.#with.log(leader, 'INF', `Manager daemon ${standby} is now available`)
    this.#with.activeChanged()
  }

  #isHeard(node: string): boolean {
    const { leader } = this.#with.monitors
    return this.#running.has(node) && leader !== undefined && this.#with.reaches(node, leader)
  }
}
