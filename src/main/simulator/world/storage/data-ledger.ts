import type { LabStorage } from '../../../../shared/domain/lab.ts'
import {
  foundRecordsLine,
  type LossCause,
  lostRecordsLine,
  recordLogSource,
} from '../../../../shared/domain/record-loss.ts'
import type { DiskListener, GuestDisk } from './guest-storage.ts'
import { countOf, type RecordRange, RecordSet } from './record-set.ts'

/** Acknowledged records that the guest's disk does not hold, since `atMs` of the lab's clock. */
export interface LostRecords extends RecordRange {
  readonly cause: LossCause
  readonly atMs: number
  /** Node at which the guest found them gone. */
  readonly node: string
}

/** What became of the records that one guest wrote. */
export interface GuestRecords {
  readonly guest: string
  readonly storage: LabStorage | undefined
  /** Records the storage acknowledged, numbered from 0. */
  readonly acknowledged: number
  /** Those on the disk that the guest uses, or used last. */
  readonly survived: number
  readonly lost: readonly LostRecords[]
}

interface Course {
  readonly guest: string
  disk: GuestDisk
  acknowledged: number
  /** Time it has written for, as far as that goes at full pace. */
  writtenMs: number
  /** Set while the guest writes. */
  sinceMs?: number
  /** Part of the full pace since then: each record waits longer in a slow network. */
  pace: number
  lost: LostRecords[]
}

interface Surroundings {
  /** Records a guest writes per second, one after the other. */
  readonly ratePerSecond: number
  /** What a record of that guest takes longer than in a perfect network, where its process is now. */
  delaySeconds(guest: string): number
  nowMs(): number
  log(node: string, source: string, level: string, message: string): void
}

/**
 * Every guest writes numbered records, each as soon as the one before is acknowledged and flushed. The ledger
 * is the observer outside the lab that keeps the last number acknowledged, and compares it with what is on
 * the disk after each fail-over. Numbers follow from the time a guest could write; there is no event per
 * record. A guest that comes back goes on with the number after the last one acknowledged.
 */
export class DataLedger {
  readonly #with: Surroundings
  readonly #courses = new Map<string, Course>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** To be told to the disk's storage. */
  listenerOf(guest: string): DiskListener {
    return {
      settle: () => this.#settle(this.#courseOf(guest)),
      contentChanged: (node, cause) => this.#compare(this.#courseOf(guest), node, cause),
    }
  }

  add(guest: string, disk: GuestDisk): void {
    this.#courses.set(guest, { guest, disk, acknowledged: 0, writtenMs: 0, pace: 1, lost: [] })
  }

  /** The guest goes on with a copy of its disk. */
  moved(guest: string, disk: GuestDisk): void {
    this.#courseOf(guest).disk = disk
  }

  remove(guest: string): void {
    this.#courses.delete(guest)
  }

  /** The guest writes from now on, or no longer. */
  setWriting(guest: string, writes: boolean): void {
    const course = this.#courseOf(guest)
    const pace = writes ? this.#paceOf(guest) : 1
    if (writes === (course.sinceMs !== undefined) && (!writes || pace === course.pace)) return
    this.#settle(course)
    course.pace = pace
    if (writes) course.sinceMs = this.#with.nowMs()
    else delete course.sinceMs
  }

  /** Hands all that was acknowledged until now to the disks. */
  settle(): void {
    for (const course of this.#courses.values()) this.#settle(course)
  }

  /** In the order of the lab's guests. */
  records(): readonly GuestRecords[] {
    return [...this.#courses.keys()].map((guest) => this.recordsOf(guest))
  }

  recordsOf(guest: string): GuestRecords {
    const course = this.#courseOf(guest)
    this.#settle(course)
    const { disk, acknowledged, lost } = course
    return { guest, storage: disk.storage, acknowledged, survived: acknowledged - countOf(lost), lost }
  }

  /** One record follows the other, so each is late by what it waits for the network. */
  #paceOf(guest: string): number {
    return 1 / (1 + this.#with.ratePerSecond * this.#with.delaySeconds(guest))
  }

  #courseOf(guest: string): Course {
    const course = this.#courses.get(guest)
    if (course === undefined) throw new Error(`no records of ${guest}`)
    return course
  }

  #settle(course: Course): void {
    if (course.sinceMs === undefined) return
    const nowMs = this.#with.nowMs()
    const fromMs = course.sinceMs
    course.writtenMs += (nowMs - fromMs) * course.pace
    course.sinceMs = nowMs
    const to = Math.floor((course.writtenMs * this.#with.ratePerSecond) / 1000)
    if (to === course.acknowledged) return
    const from = course.acknowledged
    course.acknowledged = to
    course.disk.keep({ from, to }, fromMs, nowMs)
  }

  #compare(course: Course, node: string, cause: LossCause): void {
    const missing = RecordSet.upTo(course.acknowledged).without(course.disk.content)
    const known = course.lost.reduce<RecordSet>((sum, range) => sum.with(range), RecordSet.empty)
    const atMs = this.#with.nowMs()
    const gone = missing.without(known)
    // A copy that was thought gone may be in use again.
    const back = known.without(missing)
    const still = back.count === 0 ? course.lost : course.lost.flatMap((range) => stillLost(range, back))
    course.lost = [...still, ...gone.ranges.map((range) => ({ ...range, cause, atMs, node }))]
    const { log } = this.#with
    if (back.count > 0) log(node, recordLogSource, 'warning', foundRecordsLine(course.guest, back.count))
    for (const { from, to } of gone.ranges)
      log(node, recordLogSource, 'warning', lostRecordsLine(course.guest, from, to, cause))
  }
}

function stillLost(lost: LostRecords, back: RecordSet): LostRecords[] {
  return RecordSet.empty
    .with(lost)
    .without(back)
    .ranges.map((range) => ({ ...lost, ...range }))
}
