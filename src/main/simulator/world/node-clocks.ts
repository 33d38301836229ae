import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { WorldParameters } from './parameters.ts'

interface Surroundings {
  readonly nodes: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** chrony runs on the node and hears its time server, beyond the laptop. */
  hearsTimeServer(node: string): boolean
  /** A clock goes wrong or is being set right. */
  changed(): void
}

/** A clock from a moment on: its offset changes evenly, until it is right if it is being set right. */
interface Course {
  readonly fromMs: number
  readonly offsetSeconds: number
  /** Seconds gained per second. */
  readonly rate: number
  readonly kind: 'synchronised' | 'free' | 'slewing'
}

/**
 * How far the clocks of nodes are ahead of true time. A clock that hears its time server is right to within a
 * millisecond. One that does not drifts; one whose machine was paused is behind by the pause. chrony sets a wrong
 * clock right at its next look: it steps in the first looks after its start and later only slews.
 */
export class NodeClocks {
  readonly #with: Surroundings
  readonly #courses = new Map<string, Course>()
  readonly #pending = new Map<string, () => void>()
  readonly #drift = new Map<string, number>()
  readonly #residualSeconds = new Map<string, number>()
  /** When chrony of a node was started. */
  readonly #startedAtMs = new Map<string, number>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { nodes, random, parameters } = surroundings
    const [least, most] = parameters.clockDrift
    for (const node of nodes) {
      const ownRandom = random.fork(node)
      const sign = ownRandom.fraction() < 0.5 ? -1 : 1
      this.#drift.set(node, (sign * ownRandom.between(least, most)) / 1e6)
      this.#residualSeconds.set(node, ownRandom.between(-1, 1) * parameters.clockResidual)
      this.#synchronise(node)
    }
  }

  /** Ahead of true time, in seconds. */
  offsetSeconds(node: string): number {
    const course = this.#courses.get(node)
    if (course === undefined) return 0
    return course.offsetSeconds + (course.rate * (this.#with.scheduler.nowMs() - course.fromMs)) / 1000
  }

  get areSynchronised(): boolean {
    return [...this.#courses.values()].every(({ kind }) => kind === 'synchronised')
  }

  /** Somebody sets it. */
  set(node: string, seconds: number): void {
    this.#runFree(node, seconds)
    this.reconsider()
  }

  /** The hardware clock of a virtual machine is the laptop's, which is right. */
  booted(node: string): void {
    this.#startedAtMs.set(node, this.#with.scheduler.nowMs())
    this.#cancel(node)
    this.#synchronise(node)
    this.reconsider()
  }

  /** The machine was paused; its clock was, too. */
  stoodStill(node: string, durationMs: number): void {
    this.#runFree(node, this.offsetSeconds(node) - durationMs / 1000)
    this.reconsider()
  }

  /** To be called whenever a node may have come to hear its time server, or ceased to. */
  reconsider(): void {
    for (const node of this.#with.nodes) {
      const hears = this.#with.hearsTimeServer(node)
      const kind = this.#courses.get(node)?.kind
      if (!hears && kind !== 'free') this.#runFree(node, this.offsetSeconds(node))
      if (!hears) this.#cancel(node)
      if (hears && kind === 'free' && !this.#pending.has(node)) this.#lookLater(node)
    }
  }

  #runFree(node: string, offsetSeconds: number): void {
    this.#cancel(node)
    this.#take(node, { offsetSeconds, rate: this.#drift.get(node) ?? 0, kind: 'free' })
    this.#with.changed()
  }

  #synchronise(node: string): void {
    this.#take(node, { offsetSeconds: this.#residualSeconds.get(node) ?? 0, rate: 0, kind: 'synchronised' })
  }

  #take(node: string, course: Omit<Course, 'fromMs'>): void {
    this.#courses.set(node, { ...course, fromMs: this.#with.scheduler.nowMs() })
  }

  #lookLater(node: string): void {
    const { scheduler, random, parameters } = this.#with
    const pollMs = random.fraction() * parameters.chronyPoll * 1000
    this.#pending.set(
      node,
      scheduler.at(scheduler.nowMs() + Math.round(pollMs), () => {
        this.#pending.delete(node)
        this.#setRight(node)
      }),
    )
  }

  #setRight(node: string): void {
    const { scheduler, parameters } = this.#with
    const { chronyPoll, chronyStepLooks, chronyStepFrom, chronySlewRate } = parameters
    const offset = this.offsetSeconds(node)
    const looks = (scheduler.nowMs() - (this.#startedAtMs.get(node) ?? 0)) / (chronyPoll * 1000)
    if (Math.abs(offset) > chronyStepFrom && looks < chronyStepLooks) {
      this.#synchronise(node)
      this.#with.changed()
      return
    }
    const rate = (-Math.sign(offset) * chronySlewRate) / 1e6
    this.#take(node, { offsetSeconds: offset, rate, kind: 'slewing' })
    const slewMs = Math.ceil((Math.abs(offset) / Math.abs(rate)) * 1000)
    this.#pending.set(
      node,
      scheduler.at(scheduler.nowMs() + (Number.isFinite(slewMs) ? slewMs : 0), () => {
        this.#pending.delete(node)
        this.#synchronise(node)
        this.#with.changed()
      }),
    )
    this.#with.changed()
  }

  #cancel(node: string): void {
    this.#pending.get(node)?.()
    this.#pending.delete(node)
  }
}
