import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import { RecordSet, recordsMiB } from './record-set.ts'

/** Where a replication runs, and whom it reaches. */
export interface ReplicationPaths {
  readonly scheduler: EventScheduler
  readonly random: Random
  /** The node that has the guest's configuration, as far as its scheduler runs with quorum. */
  home(): string | undefined
  /** `home` knows the target as a member. */
  isOnline(home: string, target: string): boolean
  reaches(from: string, to: string): boolean
}

interface Volume {
  /** Content of the copy at that node at this moment. */
  snapshot(node: string): RecordSet | undefined
  put(node: string, content: RecordSet): void
  /** Size of a first copy. */
  readonly fullMiB: number
}

/** What somebody may change of a job. */
export interface ReplicationSettings {
  readonly everyMinutes: number
  readonly isEnabled: boolean
  /** Undefined: as fast as the disks are. */
  readonly rateMiBPerSecond?: number | undefined
}

interface Options {
  readonly id: string
  readonly target: string
  readonly everyMinutes: number
  /** The target has nothing yet: it is due with the next full minute, and copies all. */
  readonly isNew?: boolean
  readonly paths: ReplicationPaths
  readonly parameters: WorldParameters
  readonly volume: Volume
}

/** The last attempt, by the lab's clock. */
export interface ReplicationRun {
  readonly startedMs: number
  /** Start of the sync whose state source and target had in common; undefined: all was copied. */
  readonly sinceMs: number | undefined
  readonly endedMs?: number
  readonly error?: string
}

interface Run {
  readonly source: string
  readonly startedMs: number
  readonly snapshot: RecordSet
  readonly cancel: () => void
}

const minuteMs = 60_000
/** Minutes until a failed job is tried again, by the number of failures. */
const retryMinutes = [5, 10, 15, 30] as const

/**
 * Copies a volume to another node by a schedule of whole minutes, as pvescheduler does on the node of the
 * guest: a snapshot, what is new since the last common one, and the target has the state of the moment when
 * the sync began. A failed job waits longer each time, and until the target is online.
 */
export class ReplicationJob {
  readonly id: string
  #settings: ReplicationSettings
  #isRemoved = false
  #target: string
  /** Starts of the last good sync and the last attempt, by the lab's clock. */
  lastSyncMs = 0
  lastTryMs = 0
  durationMs = 0
  failCount = 0
  error: string | undefined
  /** What source and target have in common; undefined: nothing, the next sync copies all. */
  common: RecordSet | undefined = RecordSet.empty
  lastRun: ReplicationRun | undefined
  readonly #with: Options
  #run: Run | undefined
  #nextMs = 0

  constructor(options: Options) {
    this.#with = options
    this.id = options.id
    this.#settings = { everyMinutes: options.everyMinutes, isEnabled: true }
    this.#target = options.target
    if (options.isNew === true) this.common = undefined
    this.#plan(options.isNew === true ? this.#nextMinuteMs : this.#nextSlotMs)
  }

  get everyMinutes(): number {
    return this.#settings.everyMinutes
  }

  get settings(): ReplicationSettings {
    return this.#settings
  }

  change(settings: ReplicationSettings): void {
    const isOther = settings.everyMinutes !== this.#settings.everyMinutes || !this.#settings.isEnabled
    this.#settings = settings
    if (isOther && this.failCount === 0 && this.#run === undefined) this.#plan(this.#nextSlotMs)
  }

  /** It is due with the next full minute, whatever its schedule says. */
  runSoon(): void {
    if (this.#run === undefined) this.#plan(this.#nextMinuteMs)
  }

  /** It never runs again. */
  remove(): void {
    this.#isRemoved = true
    this.#run?.cancel()
    this.#run = undefined
  }

  get target(): string {
    return this.#target
  }

  /** When it is due, if it is not late already. */
  get nextMs(): number {
    return this.#nextMs
  }

  get isRunning(): boolean {
    return this.#run !== undefined
  }

  /** The guest is at the target now, so its former node becomes the target; both have `common` if given. */
  turn(newTarget: string, common?: RecordSet): void {
    if (this.#run !== undefined) this.#fail('guest was moved')
    this.#target = newTarget
    if (common !== undefined) this.common = common
  }

  pathsChanged(): void {
    const run = this.#run
    if (run !== undefined && !this.#with.paths.reaches(run.source, this.#target))
      this.#fail(`command 'zfs recv' on node '${this.#target}' failed: exit code 255`)
  }

  get #nextSlotMs(): number {
    const slotMs = this.everyMinutes * minuteMs
    return (Math.floor(this.#with.paths.scheduler.nowMs() / slotMs) + 1) * slotMs
  }

  /** pvescheduler looks with every full minute. */
  get #nextMinuteMs(): number {
    return (Math.floor(this.#with.paths.scheduler.nowMs() / minuteMs) + 1) * minuteMs
  }

  #plan(atMs: number): void {
    this.#nextMs = atMs
    this.#with.paths.scheduler.at(atMs, () => {
      const { isEnabled } = this.#settings
      if (this.#nextMs === atMs && this.#run === undefined && isEnabled && !this.#isRemoved) this.#try()
    })
  }

  #try(): void {
    const { paths } = this.#with
    const nowMs = paths.scheduler.nowMs()
    const source = paths.home()
    const waitsForTarget = source !== undefined && this.failCount > 0 && !paths.isOnline(source, this.#target)
    if (source === undefined || source === this.#target || waitsForTarget) {
      this.#plan(this.#nextMinuteMs)
      return
    }
    this.lastTryMs = nowMs
    this.lastRun = { startedMs: nowMs, sinceMs: undefined }
    const snapshot = this.#with.volume.snapshot(source)
    if (snapshot === undefined) this.#fail('no replicatable volumes found')
    else if (paths.reaches(source, this.#target)) this.#begin(source, snapshot)
    else this.#fail(`command 'ssh root@${this.#target}' failed: exit code 255`)
  }

  #begin(source: string, snapshot: RecordSet): void {
    const { paths, parameters, volume } = this.#with
    const { scheduler, random } = paths
    // After a fail-over the new source may never have had the snapshot of this job.
    const common = this.common?.without(snapshot).count === 0 ? this.common : undefined
    const copyMiB = common === undefined ? volume.fullMiB : recordsMiB(snapshot.without(common).count)
    // What the target has beyond the common snapshot is rolled back before anything is received.
    if (common !== undefined) volume.put(this.#target, common)
    this.lastRun = {
      startedMs: scheduler.nowMs(),
      sinceMs: common === undefined ? undefined : this.lastSyncMs,
    }
    const rate = Math.min(
      parameters.diskCopyRate,
      this.#settings.rateMiBPerSecond ?? Number.POSITIVE_INFINITY,
    )
    const delayMs =
      millisecondsIn(parameters.replicationOverhead, random) + Math.round((copyMiB / rate) * 1000)
    const cancel = scheduler.at(scheduler.nowMs() + delayMs, () => this.#succeed())
    this.#run = { source, startedMs: scheduler.nowMs(), snapshot, cancel }
  }

  #succeed(): void {
    const run = this.#run
    if (run === undefined) return
    this.#run = undefined
    this.#with.volume.put(this.#target, run.snapshot)
    this.common = run.snapshot
    this.lastSyncMs = run.startedMs
    this.#endRun()
    this.durationMs = this.#with.paths.scheduler.nowMs() - run.startedMs
    this.failCount = 0
    this.error = undefined
    this.#plan(this.#nextSlotMs)
  }

  #endRun(error?: string): void {
    if (this.lastRun === undefined) return
    const endedMs = this.#with.paths.scheduler.nowMs()
    this.lastRun = { ...this.lastRun, endedMs, ...(error === undefined ? {} : { error }) }
  }

  #fail(error: string): void {
    const nowMs = this.#with.paths.scheduler.nowMs()
    this.durationMs = this.#run === undefined ? 0 : nowMs - this.#run.startedMs
    this.#run?.cancel()
    this.#run = undefined
    const minutes = retryMinutes[Math.min(this.failCount, retryMinutes.length - 1)] ?? 30
    this.failCount += 1
    this.error = error
    this.#endRun(error)
    this.#plan(Math.ceil((nowMs + minutes * minuteMs) / minuteMs) * minuteMs)
  }
}
