import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { silenceOfRepeatedMs } from '../lossy-exchange.ts'

interface Surroundings {
  /** Those of which that may be. */
  nodes(): readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  /** A silence of that length has consequences, in milliseconds. */
  readonly graceMs: number
  /** Mean time between two such silences of a node, in seconds. */
  meanSecondsBetween(node: string): number
  /** Others begin or cease to hear nothing of a node. */
  changed(): void
}

/** A year. */
const longestSeconds = 31_536_000

/**
 * Nodes whose word gets lost on a path that loses a part of all packets. How often that happens follows from the loss;
 * the moments are drawn, never the single messages.
 */
export class SilentMoments {
  readonly #with: Surroundings
  /** Mean time between two such moments of a node, in seconds, with what is scheduled. */
  readonly #courses = new Map<string, { readonly meanSeconds: number; readonly cancel: () => void }>()
  readonly #silent = new Set<string>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** Nothing of it arrives at the moment. */
  isSilent(node: string): boolean {
    return this.#silent.has(node)
  }

  /** To be called whenever a path may have changed. */
  reconsider(): void {
    for (const node of this.#with.nodes()) {
      const meanSeconds = this.#meanSecondsBetween(node)
      const course = this.#courses.get(node)
      if ((course?.meanSeconds ?? Number.POSITIVE_INFINITY) === meanSeconds) continue
      course?.cancel()
      this.#courses.delete(node)
      if (Number.isFinite(meanSeconds)) this.#draw(node, meanSeconds)
    }
  }

  /** Infinite where that will not happen within a lab's life. */
  #meanSecondsBetween(node: string): number {
    const meanSeconds = this.#with.meanSecondsBetween(node)
    return meanSeconds < longestSeconds ? meanSeconds : Number.POSITIVE_INFINITY
  }

  #draw(node: string, meanSeconds: number): void {
    const { scheduler, random } = this.#with
    const waitMs = Math.ceil(-Math.log(1 - random.fraction()) * meanSeconds * 1000)
    const cancel = scheduler.at(scheduler.nowMs() + waitMs, () => this.#fallSilent(node, meanSeconds))
    this.#courses.set(node, { meanSeconds, cancel })
  }

  /** Until the segment passes that was repeated first after the grace. */
  #fallSilent(node: string, meanSeconds: number): void {
    const { scheduler, graceMs, changed } = this.#with
    this.#draw(node, meanSeconds)
    if (this.#silent.has(node)) return
    this.#silent.add(node)
    scheduler.at(scheduler.nowMs() + silenceOfRepeatedMs(graceMs), () => {
      this.#silent.delete(node)
      changed()
    })
    changed()
  }
}
