import assert from 'node:assert'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Osd } from './osd.ts'
import { missingOn, type PlacementGroup } from './placement.ts'

interface Surroundings {
  readonly osds: readonly Osd[]
  readonly scheduler: EventScheduler
  /** Objects per second that one OSD takes in from that source, with so many transfers on the links they share; 0 if none. */
  rate(source: Osd | undefined, osd: Osd, sharing: number): number
  /** This group's copy on that OSD may be filled now. */
  mayRecover(group: PlacementGroup, osd: Osd): boolean
  /** A copy is complete, or nothing is being copied any more. */
  progressed(): void
}

interface Transfer {
  readonly group: PlacementGroup
  readonly osd: Osd
  /** Who has what it lacks: the first complete copy, which is the primary as a rule. */
  readonly source: Osd | undefined
  rate: number
  creditedMs: number
  cancel: () => void
  readonly finish: () => void
}

/**
 * Copies what OSDs lack, each OSD one group after the other (osd_max_backfills 1). Interrupted by a change of the
 * map, it goes on with what is left.
 */
export class Recovery {
  readonly #with: Surroundings
  readonly #transfers = new Map<Osd, Transfer>()
  /** The last rate that was not 0, and until when it lasted as far as is known. */
  #lastRate = 0
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** Something is being copied. */
  get isRunning(): boolean {
    return this.#transfers.size > 0
  }

  /** That OSD is being filled. */
  fills(osd: Osd): boolean {
    return this.#transfers.has(osd)
  }

  isRecovering(group: PlacementGroup): boolean {
    for (const transfer of this.#transfers.values()) if (transfer.group === group) return true
    return false
  }

  /** Objects per second now. */
  get rate(): number {
    let rate = 0
    for (const transfer of this.#transfers.values()) rate += transfer.rate
    return rate
  }

  /** Objects per second now, or last of all if that is no longer ago. */
  rateWithin(milliseconds: number): number {
    const { rate } = this
    if (rate > 0) return rate
    return this.#with.scheduler.nowMs() - this.#lastMs < milliseconds ? this.#lastRate : 0
  }

  /** Notes what has been copied up to now. */
  credit(): void {
    const nowMs = this.#with.scheduler.nowMs()
    this.#noteRate()
    for (const transfer of this.#transfers.values()) {
      const done = ((nowMs - transfer.creditedMs) / 1000) * transfer.rate
      transfer.creditedMs = nowMs
      const copy = transfer.group.copies.get(transfer.osd.id)
      if (copy === undefined) continue
      copy.missing = Math.max(0, copy.missing - done)
      if (copy.missing === 0) copy.fromNothing = false
    }
  }

  /** Paths between nodes may be wider or narrower now, or an end of a transfer is gone or back. */
  pathsChanged(): void {
    this.#share()
  }

  /** Starts anew with a changed map, flags or pace. */
  replan(groups: readonly PlacementGroup[]): void {
    this.credit()
    for (const { cancel } of this.#transfers.values()) cancel()
    this.#transfers.clear()
    this.#goOn(groups)
  }

  #noteRate(): void {
    const { rate } = this
    if (rate === 0) return
    this.#lastRate = rate
    this.#lastMs = this.#with.scheduler.nowMs()
  }

  #goOn(groups: readonly PlacementGroup[]): void {
    for (const osd of this.#with.osds) {
      if (this.#transfers.has(osd) || !osd.up) continue
      const next = groups.find(
        (group) =>
          group.acting.includes(osd.id) && missingOn(group, osd.id) > 0 && this.#with.mayRecover(group, osd),
      )
      if (next !== undefined) this.#transfer(next, osd, groups)
    }
    this.#share()
  }

  #transfer(group: PlacementGroup, osd: Osd, groups: readonly PlacementGroup[]): void {
    const copy = group.copies.get(osd.id)
    assert(copy !== undefined, `osd.${osd.id} serves ${group.id} without a copy`)
    const complete = [...group.acting, ...group.spares].find((id) => missingOn(group, id) === 0)
    this.#transfers.set(osd, {
      group,
      osd,
      source: complete === undefined ? undefined : this.#with.osds[complete],
      rate: 0,
      creditedMs: this.#with.scheduler.nowMs(),
      cancel: () => {},
      finish: () => {
        this.#noteRate()
        this.#transfers.delete(osd)
        copy.missing = 0
        copy.fromNothing = false
        this.#with.progressed()
        this.#goOn(groups)
      },
    })
  }

  /** Transfers that leave or enter a node at the same time share its link. */
  #share(): void {
    const { scheduler, rate } = this.#with
    const transfers = [...this.#transfers.values()]
    for (const transfer of transfers) {
      const { source, osd } = transfer
      const leaving = transfers.filter((other) => other.source?.node === source?.node).length
      const entering = transfers.filter((other) => other.osd.node === osd.node).length
      const next = rate(source, osd, Math.max(leaving, entering))
      if (next === transfer.rate) continue
      this.credit()
      transfer.cancel()
      transfer.rate = next
      if (next === 0) continue
      const lengthMs = Math.ceil((missingOn(transfer.group, osd.id) / next) * 1000)
      transfer.cancel = scheduler.at(scheduler.nowMs() + lengthMs, transfer.finish)
    }
  }
}
