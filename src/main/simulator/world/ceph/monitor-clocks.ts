import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import type { WorldParameters } from '../parameters.ts'
import type { CephMonitors } from './ceph-monitors.ts'
import type { MonitorClock } from './ceph-report.ts'

interface Surroundings {
  readonly monitors: CephMonitors
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly allowedSkewSeconds: () => number
  /** How far the clock of a node is ahead of true time, beside what was set here. */
  nodeOffsetSeconds?(node: string): number
  /** Some clock drifts or is being set right. */
  clocksMove?(): boolean
  /** The leader has compared clocks. */
  compared(): void
}

/**
 * Clocks of the monitors. A leader compares them some seconds after its election and then from time to time; what
 * was found before an election is forgotten. While all clocks are right nothing is scheduled but the first look.
 */
export class MonitorClocks {
  readonly #with: Surroundings
  readonly #offsets = new Map<string, number>()
  #measured: readonly MonitorClock[] = []
  #cancel: (() => void) | undefined
  #lastMs = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  get measured(): readonly MonitorClock[] {
    return this.#measured
  }

  /** Seconds by which that node's clock is ahead of true time. */
  offsetOf(node: string): number {
    return this.#offsets.get(node) ?? 0
  }

  /** How far that node's clock is ahead of true time. */
  setOffset(node: string, seconds: number): void {
    this.#offsets.set(node, seconds)
    const { scheduler, parameters } = this.#with
    const periodMs = (this.#isSkewed ? parameters.monClockRecheckSkewed : parameters.monClockRecheck) * 1000
    this.#compareAt(Math.max(scheduler.nowMs(), this.#lastMs + periodMs))
  }

  /** To be called when some clock begins to go wrong or to be set right. */
  disturbed(): void {
    const { scheduler, parameters } = this.#with
    if (this.#cancel === undefined)
      this.#compareAt(Math.max(scheduler.nowMs(), this.#lastMs + parameters.monClockRecheck * 1000))
  }

  quorumChanged(): void {
    const { monitors, scheduler, parameters } = this.#with
    this.#cancel?.()
    this.#cancel = undefined
    if (monitors.quorum.length === 0) return
    this.#measured = []
    this.#compareAt(scheduler.nowMs() + parameters.monClockCheck * 1000)
  }

  get #isSkewed(): boolean {
    const allowed = this.#with.allowedSkewSeconds()
    return this.#measured.some(({ skewSeconds }) => Math.abs(skewSeconds) > allowed)
  }

  #offsetOf(node: string): number {
    return (this.#offsets.get(node) ?? 0) + (this.#with.nodeOffsetSeconds?.(node) ?? 0)
  }

  #compareAt(atMs: number): void {
    this.#cancel?.()
    this.#cancel = this.#with.scheduler.at(atMs, () => {
      this.#cancel = undefined
      this.#compare()
    })
  }

  #compare(): void {
    const { monitors, scheduler, random, parameters } = this.#with
    const { leader, quorum } = monitors
    if (leader === undefined) return
    this.#lastMs = scheduler.nowMs()
    const own = this.#offsetOf(leader)
    this.#measured = quorum.map((monitor) => {
      const latencySeconds = monitor === leader ? 0 : random.between(...parameters.monClockLatency)
      const skew = this.#offsetOf(monitor) - own
      return { monitor, skewSeconds: skew === 0 ? 0 : skew - latencySeconds, latencySeconds }
    })
    const { monClockRecheck, monClockRecheckSkewed } = parameters
    if (this.#isSkewed) this.#compareAt(scheduler.nowMs() + monClockRecheckSkewed * 1000)
    else if (this.#with.clocksMove?.()) this.#compareAt(scheduler.nowMs() + monClockRecheck * 1000)
    this.#with.compared()
  }
}
