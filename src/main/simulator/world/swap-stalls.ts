import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { MachineLoad } from './machine-load.ts'
import type { NodeMachine } from './node-machine.ts'
import type { WorldParameters } from './parameters.ts'

interface Surroundings {
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly load: MachineLoad
  freeze(node: NodeMachine): void
  thaw(node: NodeMachine): void
  /** A node stood still for that long while its daemons were at work. */
  stalled(node: NodeMachine, seconds: number): void
}

interface Course {
  readonly level: number
  readonly cancel: () => void
}

/**
 * A node that swaps heavily stands still now and then: its processes wait for memory, its corosync among them. Most
 * stalls are short, few are long enough to cost it its membership or, with guests of HA, a reset by its watchdog.
 */
export class SwapStalls {
  readonly #with: Surroundings
  readonly #courses = new Map<NodeMachine, Course>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** To be called whenever the memory in demand on a node, or its power, may have changed. */
  reconsider(node: NodeMachine): void {
    const level = node.networkUp ? this.#with.load.thrashing(node.spec) : 0
    const course = this.#courses.get(node)
    if (level === (course?.level ?? 0)) return
    course?.cancel()
    this.#courses.delete(node)
    if (level > 0) this.#stallLater(node, level)
  }

  #stallLater(node: NodeMachine, level: number): void {
    const { scheduler, random, parameters } = this.#with
    const meanMs = (parameters.swapStallInterval * 1000) / level
    const delayMs = Math.round(-Math.log(1 - random.fraction()) * meanMs)
    const cancel = scheduler.at(scheduler.nowMs() + delayMs, () => {
      this.#stall(node)
      this.#stallLater(node, level)
    })
    this.#courses.set(node, { level, cancel })
  }

  #stall(node: NodeMachine): void {
    if (node.isFrozen) return
    const { scheduler, random, parameters } = this.#with
    const { swapStallLeast, swapStallMost, swapStallTail } = parameters
    const seconds = Math.min(swapStallMost, swapStallLeast * (1 - random.fraction()) ** (-1 / swapStallTail))
    const fromMs = scheduler.nowMs()
    this.#with.freeze(node)
    scheduler.at(fromMs + Math.round(seconds * 1000), () => {
      // It may have lost its power meanwhile, and even have been frozen anew.
      if (node.frozenAtMs !== fromMs) return
      this.#with.thaw(node)
      this.#with.stalled(node, seconds)
    })
  }
}
