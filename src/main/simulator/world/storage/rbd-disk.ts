import type { LabStorage } from '../../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import type { DiskEnd, DiskListener, DiskMove, GuestDisk } from './guest-storage.ts'
import { type PoolHistory, RbdImage } from './rbd-image.ts'
import type { RecordRange, RecordSet } from './record-set.ts'

/** The guests' pool, as clients on the nodes meet it. */
export interface RbdPool {
  /** Reads and writes from that node are answered. */
  diskAnswers(node: string): boolean
  /** Images can be opened there. */
  diskOpens(node: string): boolean
  /** Since when nothing that the client on that node sends arrives, if so. */
  cutOffSinceMs(node: string): number | undefined
}

interface Surroundings {
  readonly pool: RbdPool
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly history: PoolHistory
  readonly listener: DiskListener
  /** The disk begins to answer. */
  answersNow(): void
}

/** A client whose late writes the OSDs refuse. */
export interface BlockedClient {
  readonly node: string
  readonly untilMs: number
}

/**
 * An image in the Ceph pool with an exclusive lock. Its client holds the lock and watches the image. Who
 * opens an image whose client died gets it at once, but no answer before the old watch has timed out; then
 * it breaks the lock and blocks the old client, so that no late write arrives.
 */
export class RbdDisk implements GuestDisk {
  readonly storage: LabStorage
  readonly #with: Surroundings
  /** Node of the client that has the image open. */
  #client: string | undefined
  /** A client that died with the lock. */
  #deadClient: { readonly node: string; readonly watchedUntilMs: number } | undefined
  #blocked: BlockedClient[] = []
  readonly #image: RbdImage
  /** The pool answered its client when it was last looked at. */
  #poolAnswered = false

  constructor(storage: LabStorage, surroundings: Surroundings) {
    this.storage = storage
    this.#with = surroundings
    const { history, random } = surroundings
    this.#image = new RbdImage(history, random.fork('place').int(Math.max(1, history.groupCount)))
  }

  answers(node: string): boolean {
    return this.#deadClient === undefined && this.#with.pool.diskAnswers(node)
  }

  opens(node: string): boolean {
    return this.#with.pool.diskOpens(node)
  }

  startRefusal(): undefined {
    return undefined
  }

  open(node: string): void {
    this.#client = node
    this.#with.listener.contentChanged(node, 'forgotten-by-pool')
    const dead = this.#deadClient
    if (dead === undefined) return
    const { scheduler } = this.#with
    if (dead.watchedUntilMs <= scheduler.nowMs()) this.#breakLock()
    else
      scheduler.at(dead.watchedUntilMs, () => {
        // Who waited for the lock may have died as well.
        if (this.#deadClient !== dead || this.#client === undefined) return
        this.#breakLock()
        this.#with.answersNow()
      })
  }

  close(node: string, end: DiskEnd): void {
    if (this.#client !== node) return
    this.#client = undefined
    // One that still waited for the lock leaves it with the client before.
    if (end === 'orderly' || this.#deadClient !== undefined) return
    const { pool, scheduler, parameters, random } = this.#with
    const heardMs = pool.cutOffSinceMs(node) ?? scheduler.nowMs()
    const watchedUntilMs = heardMs + millisecondsIn(parameters.rbdWatchTimeout, random)
    this.#deadClient = { node, watchedUntilMs }
  }

  /** The pool may have begun or ceased to answer: whoever serves it now must have all that was written. */
  poolChanged(): void {
    const node = this.#client
    const answers = node !== undefined && this.#with.pool.diskAnswers(node)
    if (node !== undefined && answers && !this.#poolAnswered)
      this.#with.listener.contentChanged(node, 'forgotten-by-pool')
    this.#poolAnswered = answers
  }

  planMove(): DiskMove {
    return { copyMiB: 0 }
  }

  /** A live migration hands the lock over in order. */
  move(from: string, to: string): void {
    if (this.#client === from) this.#client = to
  }

  keep(records: RecordRange): void {
    this.#image.keep(records)
  }

  get content(): RecordSet {
    return this.#image.content
  }

  /** Clients of this image that were cast out and are not forgotten yet. */
  get blocked(): readonly BlockedClient[] {
    const nowMs = this.#with.scheduler.nowMs()
    return this.#blocked.filter(({ untilMs }) => untilMs > nowMs)
  }

  #breakLock(): void {
    const dead = this.#deadClient
    if (dead === undefined) return
    const { scheduler, parameters } = this.#with
    this.#deadClient = undefined
    const untilMs = scheduler.nowMs() + parameters.rbdBlocklistTime * 1000
    this.#blocked = [...this.blocked, { node: dead.node, untilMs }]
  }
}
