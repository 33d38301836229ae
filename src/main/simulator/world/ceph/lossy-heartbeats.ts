import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { silenceOfRepeatedMs, transmissionsWithin } from '../lossy-exchange.ts'
import type { Path } from '../network.ts'
import type { WorldParameters } from '../parameters.ts'

interface Surroundings {
  /** Those with OSDs. */
  nodes(): readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** What heartbeats meet between two of them. */
  pathOf(from: string, to: string): Path
  /** Peers begin or cease to miss the OSDs of a node. */
  changed(): void
}

/** Ceph's configured grace: a ping that old and unanswered is reported. */
const graceMs = 20_000

/**
 * Heartbeats that get lost on a path which loses a part of all packets. They run over TCP, so one is missed only when a
 * segment or its acknowledgement is lost at every repetition within the grace. Two hosts have to miss an OSD at the same
 * time before the monitors believe it. How often that happens follows from the loss; the moments are drawn, never
 * the single pings.
 */
export class LossyHeartbeats {
  readonly #with: Surroundings
  /** Mean time between two such moments of a node, in seconds, with what is scheduled. */
  readonly #courses = new Map<string, { readonly meanSeconds: number; readonly cancel: () => void }>()
  readonly #missed = new Set<string>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** Enough peers miss the OSDs of that node at the moment. */
  areMissed(node: string): boolean {
    return this.#missed.has(node)
  }

  /** To be called whenever a path may have changed. */
  reconsider(): void {
    for (const node of this.#with.nodes()) {
      const meanSeconds = this.#meanSecondsBetweenMisses(node)
      const course = this.#courses.get(node)
      if ((course?.meanSeconds ?? Number.POSITIVE_INFINITY) === meanSeconds) continue
      course?.cancel()
      this.#courses.delete(node)
      if (Number.isFinite(meanSeconds)) this.#draw(node, meanSeconds)
    }
  }

  #draw(node: string, meanSeconds: number): void {
    const { scheduler, random } = this.#with
    const waitMs = Math.ceil(-Math.log(1 - random.fraction()) * meanSeconds * 1000)
    const cancel = scheduler.at(scheduler.nowMs() + waitMs, () => this.#miss(node, meanSeconds))
    this.#courses.set(node, { meanSeconds, cancel })
  }

  /** Until the segment passes that was repeated first after the grace. */
  #miss(node: string, meanSeconds: number): void {
    const { scheduler, changed } = this.#with
    this.#draw(node, meanSeconds)
    if (this.#missed.has(node)) return
    this.#missed.add(node)
    scheduler.at(scheduler.nowMs() + silenceOfRepeatedMs(graceMs), () => {
      this.#missed.delete(node)
      changed()
    })
    changed()
  }

  /** Infinite where that will not happen within a lab's life. */
  #meanSecondsBetweenMisses(node: string): number {
    const { nodes, parameters, pathOf } = this.#with
    const tries = transmissionsWithin(graceMs)
    const reportSeconds = (silenceOfRepeatedMs(graceMs) - graceMs) / 1000
    const perSecond = nodes()
      .filter((peer) => peer !== node)
      .map((peer) => {
        const { loss } = pathOf(node, peer)
        return loss === 1 ? 0 : (1 - (1 - loss ** tries) ** 2) / parameters.osdHeartbeatInterval
      })
    const sum = perSecond.reduce((total, each) => total + each, 0)
    // Pairs of hosts that miss it within the time for which one of them reports it.
    const pairs = perSecond.reduce((total, each) => total + each * (sum - each), 0)
    const meanSeconds = 1 / (pairs * reportSeconds)
    return meanSeconds < longestSeconds ? meanSeconds : Number.POSITIVE_INFINITY
  }
}

/** A year. */
const longestSeconds = 31_536_000
