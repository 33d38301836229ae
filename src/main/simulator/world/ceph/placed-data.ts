import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import type { ReportedStats } from './ceph-health.ts'
import type { Osd } from './osd-map.ts'
import { canServe, type PlacementGroup, type PoolRules, placeGroups, placementGroups } from './placement.ts'

interface Surroundings {
  readonly osds: readonly Osd[]
  readonly rules: PoolRules
  readonly guestCount: number
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** What is served, or how complete it is, changed. */
  changed(): void
}

const nothingReported: Omit<ReportedStats, 'groups'> = {
  activeClean: 0,
  degraded: 0,
  undersizedStuck: 0,
  peering: 0,
  inactiveStuck: 0,
  degradedObjects: 0,
  objects: 0,
}

/** Where the guests' objects lie, which of them are served, and what returning OSDs still have to copy. */
export class PlacedData {
  readonly #with: Surroundings
  readonly #groups: readonly PlacementGroup[]
  readonly #objects: number
  /** Groups that agree on their history and do not answer until then. */
  readonly #peeringUntilMs = new Map<PlacementGroup, number>()
  /** Objects each OSD has to copy before it is complete. */
  readonly #behind = new Map<Osd, number>()
  /** Groups with fewer copies than wanted, or none that serve, and since when. */
  readonly #undersizedSinceMs = new Map<PlacementGroup, number>()
  readonly #inactiveSinceMs = new Map<PlacementGroup, number>()
  #reported: ReportedStats
  #cancelRecovery: (() => void) | undefined
  #recoveringSinceMs = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { osds, random, parameters, guestCount } = surroundings
    this.#groups = placementGroups(osds.length === 0 ? 0 : parameters.pgCount, osds.length, random)
    this.#objects = guestCount * parameters.cephObjectsPerGuest
    this.#reported = { ...nothingReported, groups: this.#groups.length }
  }

  get groups(): readonly PlacementGroup[] {
    return this.#groups
  }

  get reported(): ReportedStats {
    return this.#reported
  }

  /** Every group is served by OSDs that `reached` says can be talked to. A guest's disk lies in all groups. */
  isServed(reached: (osd: Osd) => boolean): boolean {
    const { osds, rules } = this.#with
    const reachedIds = new Set(osds.filter(reached).map((osd) => osd.id))
    return this.#groups.every(
      (group) =>
        !this.#peeringUntilMs.has(group) &&
        canServe(group, rules) &&
        group.acting.every((osd) => reachedIds.has(osd)),
    )
  }

  mapChanged(osd: Osd): void {
    const { osds, rules, random, parameters, scheduler } = this.#with
    const moved = placeGroups(this.#groups, osds, rules)
    const concerned = this.#groups.filter((group) => group.acting.includes(osd.id) || moved.includes(group))
    const returns = osd.up
    this.#countMissing(osd)
    const peeringMs = millisecondsIn(returns ? parameters.pgPeeringReturn : parameters.pgPeeringLoss, random)
    const untilMs = scheduler.nowMs() + peeringMs
    for (const group of concerned) this.#peeringUntilMs.set(group, untilMs)
    if (concerned.length > 0) scheduler.at(untilMs, () => this.#endPeering())
    this.#recover()
    this.#with.changed()
  }

  /** Takes the present state as reported. Answers when a group will have been stuck long enough to say so. */
  report(): number | undefined {
    this.#reported = this.#stats()
    const since = [...this.#undersizedSinceMs.values(), ...this.#inactiveSinceMs.values()]
    const nowMs = this.#with.scheduler.nowMs()
    const stuckMs = this.#with.parameters.pgStuck * 1000
    const waiting = since.map((sinceMs) => sinceMs + stuckMs).filter((atMs) => atMs > nowMs)
    return waiting.length === 0 ? undefined : Math.min(...waiting)
  }

  #endPeering(): void {
    const nowMs = this.#with.scheduler.nowMs()
    for (const [group, untilMs] of this.#peeringUntilMs)
      if (untilMs <= nowMs) this.#peeringUntilMs.delete(group)
    this.#with.changed()
  }

  /** An OSD that was away misses what was written meanwhile; one that is given a new place misses all of it. */
  #countMissing(osd: Osd): void {
    const { scheduler, parameters, guestCount, osds } = this.#with
    if (!osd.up) return
    const awayMinutes = (scheduler.nowMs() - osd.downSinceMs) / 60_000
    if (osd.downSinceMs === 0 || osds.length === 0) return
    const missed = Math.min(
      this.#objects,
      Math.ceil(awayMinutes * guestCount * parameters.cephDirtyPerMinute),
    )
    this.#behind.set(osd, Math.max(this.#behind.get(osd) ?? 0, missed))
  }

  #recover(): void {
    this.#creditRecovery()
    this.#cancelRecovery?.()
    this.#cancelRecovery = undefined
    const missing = this.#missingObjects()
    if (missing === 0) return
    const { scheduler, parameters } = this.#with
    const durationMs = Math.ceil((missing / parameters.cephRecoveryRate) * 1000)
    this.#recoveringSinceMs = scheduler.nowMs()
    this.#cancelRecovery = scheduler.at(scheduler.nowMs() + durationMs, () => {
      this.#cancelRecovery = undefined
      for (const osd of this.#behind.keys()) if (osd.up) this.#behind.delete(osd)
      this.#with.changed()
    })
  }

  /** What was copied so far counts, also when a change of the map interrupts. */
  #creditRecovery(): void {
    if (this.#cancelRecovery === undefined) return
    const elapsedMs = this.#with.scheduler.nowMs() - this.#recoveringSinceMs
    let copied = Math.floor((elapsedMs / 1000) * this.#with.parameters.cephRecoveryRate)
    for (const [osd, behind] of this.#behind) {
      const done = Math.min(behind, copied)
      copied -= done
      this.#behind.set(osd, behind - done)
    }
  }

  #missingObjects(): number {
    let missing = 0
    for (const [osd, behind] of this.#behind) if (osd.up) missing += behind
    return missing
  }

  #stats(): ReportedStats {
    const { rules, scheduler, parameters } = this.#with
    const nowMs = scheduler.nowMs()
    const recovering = new Set(
      [...this.#behind].filter(([osd, behind]) => osd.up && behind > 0).map(([osd]) => osd.id),
    )
    let activeClean = 0
    let degraded = 0
    let missingCopies = 0
    for (const group of this.#groups) {
      const isActive = canServe(group, rules) && !this.#peeringUntilMs.has(group)
      note(this.#inactiveSinceMs, group, !isActive, nowMs)
      const missing = rules.size - group.acting.length
      note(this.#undersizedSinceMs, group, missing > 0, nowMs)
      missingCopies += missing
      const isComplete = missing === 0 && !group.acting.some((osd) => recovering.has(osd))
      if (!isComplete) degraded += 1
      else if (isActive) activeClean += 1
    }
    const groups = this.#groups.length
    const copies = this.#objects * rules.size
    const missingShare = groups === 0 ? 0 : missingCopies / (groups * rules.size)
    const stuckMs = parameters.pgStuck * 1000
    return {
      groups,
      activeClean,
      degraded,
      undersizedStuck: countStuck(this.#undersizedSinceMs, nowMs - stuckMs),
      inactiveStuck: countStuck(this.#inactiveSinceMs, nowMs - stuckMs),
      peering: this.#peeringUntilMs.size,
      degradedObjects: Math.round(copies * missingShare) + this.#missingObjects(),
      objects: copies,
    }
  }
}

function note(
  sinceMs: Map<PlacementGroup, number>,
  group: PlacementGroup,
  holds: boolean,
  nowMs: number,
): void {
  if (!holds) sinceMs.delete(group)
  else if (!sinceMs.has(group)) sinceMs.set(group, nowMs)
}

function countStuck(sinceMs: ReadonlyMap<PlacementGroup, number>, beforeMs: number): number {
  let count = 0
  for (const since of sinceMs.values()) if (since <= beforeMs) count += 1
  return count
}
