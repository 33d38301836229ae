import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import type { CephManagers } from './ceph-managers.ts'
import type { GroupState } from './group-state.ts'
import type { Osd } from './osd.ts'
import type { PlacedData } from './placed-data.ts'
import type { PlacementGroup } from './placement.ts'

interface Surroundings {
  readonly data: PlacedData
  readonly osds: readonly Osd[]
  readonly managers: CephManagers
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** A group on which clients wait when its OSDs are silent. */
  isUsed(group: PlacementGroup): boolean
  /** The monitors got new figures; `heard`: OSDs that reported. Answers when to look again, if at any time. */
  digested(heard: ReadonlySet<Osd>): number | undefined
}

/** A group as its primary last reported it. */
export interface ReportedGroup {
  readonly id: string
  readonly state: GroupState
  readonly reporter: Osd | undefined
  /** Its primary was gone at the last digest and no other had reported yet. */
  readonly isStale: boolean
  readonly objects: number
  readonly inactiveSinceMs: number | undefined
  readonly undersizedSinceMs: number | undefined
  readonly laggySinceMs: number | undefined
  /** When it was first reported in this state. */
  readonly changedMs: number
  /** How long it had been in the state before, or 0 if clients used it all the time. */
  readonly steadyMs: number
}

/** Measured: groups of a dead primary were stale 1 to 2 s after the map. */
const mapDelayMs = 500

const unknown: GroupState = {
  name: 'unknown',
  isActive: false,
  degradedCopies: 0,
  misplacedCopies: 0,
  isRemapped: false,
  isUndersized: false,
  acting: [],
}

/**
 * What the active manager knows: each OSD reports the groups it is primary of every few seconds, the manager sends
 * a digest to the monitors. Without a manager the figures stand still. While nothing changes nothing is scheduled.
 */
export class GroupStatistics {
  readonly #with: Surroundings
  readonly #phases: readonly number[]
  readonly #idleStampMs: number
  readonly #laggyMs: number
  #reported: ReportedGroup[] = []
  #lastMs = 0
  #ready = false
  #cleanMs = Number.NEGATIVE_INFINITY
  /** Since when the manager that collects is the active one. */
  #managerSinceMs = 0
  #cancel: (() => void) | undefined
  #dueMs = Number.POSITIVE_INFINITY

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { osds, random, parameters } = surroundings
    this.#phases = osds.map(() => random.fraction() * parameters.osdStatsPeriod * 1000)
    this.#idleStampMs = millisecondsIn(parameters.pgIdleStamp, random)
    this.#laggyMs = millisecondsIn(parameters.pgLaggy, random)
  }

  get reported(): readonly ReportedGroup[] {
    return this.#reported
  }

  /** The active manager has collected everything at least once. */
  get isReady(): boolean {
    return this.#ready
  }

  /** When all groups were last known to be clean. */
  get cleanMs(): number {
    return this.#cleanMs
  }

  nameOf({ state, isStale }: ReportedGroup): string {
    return isStale ? `stale+${state.name}` : state.name
  }

  /** A pool is gone. */
  forgetPool(poolId: number): void {
    this.#reported = this.#reported.filter(({ id }) => Number.parseInt(id, 10) !== poolId)
    this.changed()
  }

  /** Something differs from what was reported; the next digest will tell. */
  changed(): void {
    const { scheduler, parameters } = this.#with
    const periodMs = parameters.mgrDigestPeriod * 1000
    this.#at((Math.floor(scheduler.nowMs() / periodMs) + 1) * periodMs)
  }

  /** Looks again when a limit of time will have passed. */
  lookAt(atMs: number): void {
    this.#at(Math.max(atMs, this.#with.scheduler.nowMs() + 1))
  }

  /** A new manager asks all OSDs at once. */
  managerChanged(): void {
    const { active, sinceMs } = this.#with.managers
    if (sinceMs !== this.#managerSinceMs) this.#ready = false
    this.#managerSinceMs = sinceMs
    if (active === undefined) return
    const { scheduler, random, parameters } = this.#with
    scheduler.at(scheduler.nowMs() + millisecondsIn(parameters.mgrFirstStatistics, random), () => {
      if (this.#with.managers.active === undefined) return
      this.#collect(() => true)
      this.#ready = true
      this.#digest()
    })
  }

  #at(atMs: number): void {
    if (atMs >= this.#dueMs) return
    this.#cancel?.()
    this.#dueMs = atMs
    this.#cancel = this.#with.scheduler.at(atMs, () => {
      this.#dueMs = Number.POSITIVE_INFINITY
      this.#cancel = undefined
      this.#digest()
    })
  }

  #digest(): void {
    if (this.#with.managers.active === undefined) return
    const heard = this.#collect((osd) => this.#reportsNow(osd))
    this.#lastMs = this.#with.scheduler.nowMs()
    if (this.#reported.every((group) => this.nameOf(group) === 'active+clean')) this.#cleanMs = this.#lastMs
    const nextMs = this.#with.digested(heard)
    if (!this.#isSettled(heard)) this.changed()
    for (const atMs of [nextMs, this.#nextLaggyMs()]) if (atMs !== undefined) this.lookAt(atMs)
  }

  /** Whether one of its periodic reports falls between the last digest and now. */
  #reportsNow(osd: Osd): boolean {
    const periodMs = this.#with.parameters.osdStatsPeriod * 1000
    // One that has just come up has nothing to say yet.
    if (this.#with.scheduler.nowMs() - osd.upSinceMs < periodMs / 2) return false
    const count = (atMs: number) => Math.floor((atMs - (this.#phases[osd.id] ?? 0)) / periodMs)
    return count(this.#with.scheduler.nowMs()) > count(this.#lastMs)
  }

  #collect(reports: (osd: Osd) => boolean): ReadonlySet<Osd> {
    const { osds, data } = this.#with
    data.recovery.credit()
    const heard = new Set(osds.filter((osd) => osd.up && osd.process === 'serving' && reports(osd)))
    this.#reported = data.groups.map((group, index) => {
      const primary = osds[group.acting[0] ?? -1]
      const before = this.#reported[index]
      if (primary === undefined || !heard.has(primary))
        return before === undefined ? this.#unreported(group) : this.#aged(before)
      return this.#reportOf(group, index, primary)
    })
    return heard
  }

  /** A report that was not renewed. The manager learns of a new map a moment after the monitors. */
  #aged(group: ReportedGroup): ReportedGroup {
    const { reporter } = group
    if (reporter === undefined) return group
    const isStale = !reporter.up && this.#with.scheduler.nowMs() - reporter.downSinceMs > mapDelayMs
    return isStale === group.isStale ? group : { ...group, isStale }
  }

  #unreported(group: PlacementGroup): ReportedGroup {
    return {
      id: group.id,
      state: unknown,
      reporter: undefined,
      isStale: false,
      objects: group.objects,
      inactiveSinceMs: undefined,
      undersizedSinceMs: undefined,
      laggySinceMs: undefined,
      changedMs: this.#with.scheduler.nowMs(),
      steadyMs: 0,
    }
  }

  #reportOf(group: PlacementGroup, index: number, primary: Osd): ReportedGroup {
    const nowMs = this.#with.scheduler.nowMs()
    const before = this.#reported[index]
    const laggySinceMs = this.#laggySinceMs(group)
    const { inactiveSinceMs, undersizedSinceMs } = this.#with.data.troubleOf(index)
    // Nobody wrote to it for a while: the last word of its being active is older.
    const isIdle = group.objects === 0
    const state = this.#with.data.stateOf(index, laggySinceMs !== undefined)
    const isSame = before?.state.name === state.name
    const lastedMs = before === undefined || this.#with.isUsed(group) ? 0 : nowMs - before.changedMs
    return {
      id: group.id,
      state,
      changedMs: isSame ? before.changedMs : nowMs,
      steadyMs: isSame ? before.steadyMs : lastedMs,
      reporter: primary,
      isStale: false,
      objects: group.objects,
      inactiveSinceMs:
        inactiveSinceMs === undefined || !isIdle ? inactiveSinceMs : inactiveSinceMs - this.#idleStampMs,
      undersizedSinceMs,
      laggySinceMs,
    }
  }

  #laggySinceMs(group: PlacementGroup): number | undefined {
    const { osds, scheduler, isUsed } = this.#with
    if (!group.acting.some((id) => osds[id]?.silentSinceMs !== undefined) || !isUsed(group)) return undefined
    const since = group.acting.map((id) => osds[id]?.silentSinceMs).filter((atMs) => atMs !== undefined)
    const longMs = scheduler.nowMs() - this.#laggyMs
    return since.some((atMs) => atMs <= longMs) ? Math.min(...since) + this.#laggyMs : undefined
  }

  #nextLaggyMs(): number | undefined {
    const { osds, scheduler } = this.#with
    const nowMs = scheduler.nowMs()
    const due = osds
      .map(({ silentSinceMs }) => (silentSinceMs === undefined ? 0 : silentSinceMs + this.#laggyMs))
      .filter((atMs) => atMs > nowMs)
    return due.length === 0 ? undefined : Math.min(...due)
  }

  /** All that can report has reported what is; `heard` did so this moment. */
  #isSettled(heard: ReadonlySet<Osd>): boolean {
    const { data, osds } = this.#with
    if (data.isBusy || this.#reported.length !== data.groups.length) return false
    return data.groups.every((group, index) => {
      const primary = osds[group.acting[0] ?? -1]
      const reporter = this.#reported[index]?.reporter
      if (reporter !== undefined && !reporter.up && !this.#reported[index]?.isStale) return false
      if (primary === undefined || primary.process !== 'serving' || heard.has(primary)) return true
      const known = this.#reported[index] as ReportedGroup
      const isLaggy = this.#laggySinceMs(group) !== undefined
      return (
        known.reporter === primary &&
        known.objects === group.objects &&
        known.state.name === data.stateOf(index, isLaggy).name
      )
    })
  }
}
