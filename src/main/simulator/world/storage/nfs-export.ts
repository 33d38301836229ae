import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import type { NasServer } from './nas-server.ts'

interface Surroundings {
  readonly server: NasServer
  readonly nodes: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  reaches(from: string, to: string): boolean
  /** Disks on it begin or cease to answer at some node. */
  changed(): void
}

/**
 * An NFS export with its hard mounts on all nodes: who uses it waits while the server is away, as long as it
 * takes, and goes on when the client has found it again.
 */
export class NfsExport {
  readonly server: NasServer
  readonly #with: Surroundings
  /** Nodes whose client has a connection. */
  readonly #connected = new Set<string>()
  readonly #seeks = new Map<string, () => void>()
  /** Clients that come back claim what they had open; new files can be opened only afterwards. */
  #graceEndMs = 0
  #hasServed = false

  constructor(surroundings: Surroundings) {
    this.server = surroundings.server
    this.#with = surroundings
  }

  answers(node: string): boolean {
    return this.#connected.has(node)
  }

  /** A file can be opened there, once the server answers at all. */
  opens(node: string): boolean {
    return !this.#isReached(node) || this.#with.scheduler.nowMs() >= this.#graceEndMs
  }

  /** What a check of the storage finds. */
  isOnline(node: string): boolean {
    return this.#isReached(node)
  }

  pathsChanged(): void {
    this.#noteGrace()
    let changed = false
    for (const node of this.#with.nodes) {
      const reached = this.#isReached(node)
      if (!reached) {
        this.#seeks.get(node)?.()
        this.#seeks.delete(node)
        changed = this.#connected.delete(node) || changed
      } else if (!this.#connected.has(node) && !this.#seeks.has(node)) this.#seek(node)
    }
    if (changed) this.#with.changed()
  }

  #noteGrace(): void {
    const { server, parameters, scheduler, changed } = this.#with
    const { servesSinceMs } = server
    if (servesSinceMs === undefined || servesSinceMs !== scheduler.nowMs()) return
    // Nobody had anything open before the first start.
    if (this.#hasServed) {
      this.#graceEndMs = servesSinceMs + parameters.nfsGrace * 1000
      scheduler.at(this.#graceEndMs, changed)
    }
    this.#hasServed = true
  }

  #seek(node: string): void {
    const { scheduler, parameters, random, changed } = this.#with
    const delayMs = millisecondsIn(parameters.nfsReconnect, random)
    const cancel = scheduler.at(scheduler.nowMs() + delayMs, () => {
      this.#seeks.delete(node)
      this.#connected.add(node)
      changed()
    })
    this.#seeks.set(node, cancel)
  }

  #isReached(node: string): boolean {
    return this.#with.reaches(node, this.server.name)
  }
}
