import type { NodeMachine } from './node-machine.ts'
import type { NodeWatchdogs } from './node-watchdogs.ts'
import type { World } from './world.ts'

interface Surroundings {
  readonly world: Pick<World, 'nodes' | 'scheduler' | 'labTime' | 'clocks' | 'corosync'>
  readonly watchdogs: NodeWatchdogs
  log(node: string, source: string, level: string, message: string): void
  /** Called before somebody becomes able or unable to reach another. */
  pathsChange(): void
  /** Called after it. */
  pathsChanged(): void
}

/** Nodes whose processors stand still for a while, alone or because the laptop they run on sleeps. */
export class StandingStill {
  readonly #with: Surroundings
  #isSuspended = false
  #resumesAtMs = Number.NEGATIVE_INFINITY
  /** Nodes that stood still before the laptop fell asleep, and would have gone on meanwhile. */
  readonly #delayed: (() => void)[] = []

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** The laptop sleeps. */
  get isSuspended(): boolean {
    return this.#isSuspended
  }

  /** When the laptop wakes up; the past while it is awake. */
  get resumesAtMs(): number {
    return this.#resumesAtMs
  }

  /** Nothing happens to a node without power. */
  freeze(node: NodeMachine): void {
    if (node.freeze()) this.#with.pathsChanged()
  }

  /** The laptop sleeps, and with it all its nodes, until it wakes up by itself. */
  suspend(durationMs: number): void {
    if (this.#isSuspended) return
    const { world, log, pathsChange, pathsChanged } = this.#with
    pathsChange()
    this.#isSuspended = true
    this.#resumesAtMs = world.scheduler.nowMs() + durationMs
    world.labTime.standStill()
    log('laptop', 'lab', 'notice', 'suspended')
    const asleep = world.nodes.filter((node) => node.freeze())
    pathsChanged()
    world.scheduler.at(this.#resumesAtMs, () => {
      pathsChange()
      this.#isSuspended = false
      world.labTime.goOn()
      log('laptop', 'lab', 'notice', `resumed after ${durationMs / 1000} s`)
      this.wakeUp(asleep)
      for (const wake of this.#delayed.splice(0)) wake()
    })
  }

  /**
   * Nodes that began to stand still together go on together. A paused machine's clock was paused with it; that of one
   * whose processes waited for memory went on.
   */
  wakeUp(
    nodes: readonly NodeMachine[],
    clock: 'clock was paused' | 'clock went on' = 'clock was paused',
  ): void {
    if (this.#isSuspended) {
      this.#delayed.push(() => this.wakeUp(nodes, clock))
      return
    }
    const { world, watchdogs, pathsChanged } = this.#with
    let stoodStillMs = 0
    const awake = nodes.filter((node) => {
      const frozenMs = node.thaw()
      if (frozenMs === undefined) return false
      stoodStillMs = frozenMs
      if (clock === 'clock was paused') world.clocks.stoodStill(node.name, frozenMs)
      watchdogs.wokeUp(node.name)
      return node.answers
    })
    world.corosync.wokeUp(
      awake.map(({ name }) => name),
      stoodStillMs,
    )
    pathsChanged()
  }
}
