import assert from 'node:assert'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import type { Path } from '../network.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import type { ClusterSettings, OsdFlag, PoolSettings } from './cluster-settings.ts'
import { type GroupState, groupState, isBackfill } from './group-state.ts'
import { connectionMiBPerSecond } from './network-pace.ts'
import type { Osd } from './osd.ts'
import {
  canServe,
  missingOn,
  type PlacementGroup,
  type PoolRules,
  placedOn,
  placementGroups,
  preferAmong,
  sameMembers,
} from './placement.ts'
import { Recovery } from './recovery.ts'

interface Surroundings {
  readonly osds: readonly Osd[]
  readonly settings: ClusterSettings
  readonly flags: ReadonlySet<OsdFlag>
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** What data meets between two nodes; perfect if absent. */
  pathOf?(from: string, to: string): Path
  /** Both machines have power and a path between them. */
  reaches(from: string, to: string): boolean
  /** What is served, or how complete it is, changed. */
  changed(): void
  /** Copies may have become complete, or count again; `changed` follows. */
  completed(): void
  /** Groups have agreed with each other. */
  peered(): void
}

/** A group and what happens to it beside its place. */
interface Held {
  readonly group: PlacementGroup
  rules: PoolRules
  /** Groups that agree on their history, or wait for a lease to run out, do not answer until then. */
  busy: { readonly kind: 'peering' | 'lease'; readonly untilMs: number } | undefined
  /** Members since all copies were last complete. */
  readonly pastMembers: Set<number>
  inactiveSinceMs: number | undefined
  undersizedSinceMs: number | undefined
  countedMs: number
}

interface PeeringTimes {
  readonly peeringMs: number
  readonly leaseMs: number
}

const mebibyte = 1024 * 1024
/** Id of an OSD that does not exist any more. */
const goneWriter = -1

/** Where the pools' objects lie, which of them are served, and what returning OSDs still have to copy. */
export class PlacedData {
  readonly recovery: Recovery
  readonly #with: Surroundings
  readonly #held: Held[] = []
  readonly #heldOf = new Map<PlacementGroup, Held>()
  readonly #groups: PlacementGroup[] = []
  readonly #peeringEnds = new Set<number>()
  /** Objects written anew per minute and group while it is served. */
  #dirtyPerMinute = 0
  #objectBytes = 4 * mebibyte
  #version = 0
  /** Group that the next object goes to. */
  #writeCursor = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { osds, scheduler, parameters, settings } = surroundings
    this.recovery = new Recovery({
      osds,
      scheduler,
      rate: (source, osd, sharing) => {
        if (!this.#canCopy(source, osd)) return 0
        const path = source === undefined ? undefined : surroundings.pathOf?.(source.node, osd.node)
        const line = path === undefined ? Number.POSITIVE_INFINITY : connectionMiBPerSecond(path, parameters)
        const mebibytes = Math.min(parameters.cephRecoveryBandwidth, line / sharing)
        const pace = (mebibytes * mebibyte) / this.#objectBytes
        return settings.thresholds.osdRecoverySleep === 0 ? pace : Math.min(pace, parameters.cephRecoveryRate)
      },
      mayRecover: (group, osd) => this.#mayRecover(group, osd),
      progressed: () => this.#progressed(),
    })
  }

  get groups(): readonly PlacementGroup[] {
    return this.#groups
  }

  /** Grows whenever what is served, or how complete it is, has changed. */
  get version(): number {
    return this.#version
  }

  get objectBytes(): number {
    return this.#objectBytes
  }

  get objects(): number {
    return Math.round(this.#groups.reduce((sum, { objects }) => sum + objects, 0))
  }

  /** Makes the groups of a pool, all copies in their places; their OSDs agree for that time, if any is given. */
  createPool(pool: PoolSettings, peeringMs?: number): void {
    const { osds, random, scheduler } = this.#with
    for (const group of placementGroups(pool.id, pool.pgNum, this.#weighted(), random)) {
      group.placed = placedOn(group, osds, pool.size)
      group.acting = group.placed.filter((id) => osds[id]?.up)
      for (const id of group.placed) {
        const follows = peeringMs === undefined || osds[id]?.up === true
        group.copies.set(id, { missing: 0, leftAtWritten: follows ? undefined : 0, fromNothing: false })
      }
      this.#groups.push(group)
      const held: Held = {
        group,
        rules: pool,
        busy: peeringMs === undefined ? undefined : this.#busy('peering', peeringMs),
        pastMembers: new Set(),
        inactiveSinceMs: undefined,
        undersizedSinceMs: undefined,
        countedMs: scheduler.nowMs(),
      }
      this.#held.push(held)
      this.#heldOf.set(group, held)
    }
    this.#changed()
  }

  removePool(id: number): void {
    for (let index = this.#groups.length - 1; index >= 0; index -= 1)
      if (this.#groups[index]?.poolId === id) {
        const [group] = this.#groups.splice(index, 1)
        this.#held.splice(index, 1)
        if (group !== undefined) this.#heldOf.delete(group)
      }
    this.replan()
  }

  /** The pool has other rules from now on. */
  changePool(pool: PoolSettings): void {
    this.#countWrites()
    const concerned = this.#held.filter(({ group }) => group.poolId === pool.id)
    // Who may write with fewer copies than before has to be known: the groups agree anew, as after a change of members.
    const agreeAnew = concerned.some(
      ({ rules }) => rules.size !== pool.size || rules.minSize !== pool.minSize,
    )
    for (const held of concerned) held.rules = pool
    this.mapChanged(undefined, agreeAnew ? pool.id : undefined)
  }

  /** An OSD came to those on which data may be placed, or is gone from them for ever. */
  crushChanged(osd: Osd): void {
    const weighted = this.#weighted()
    for (const { group, pastMembers } of this.#held) {
      preferAmong(group, weighted, this.#with.random)
      if (osd.stage !== 'absent') continue
      group.copies.delete(osd.id)
      pastMembers.delete(osd.id)
      group.spares = group.spares.filter((id) => id !== osd.id)
      // Nobody can ever stand in for it, whoever gets its id.
      group.lastWriters = group.lastWriters.map((id) => (id === osd.id ? goneWriter : id))
    }
  }

  /** Clients write to all groups alike: so many objects are written anew per minute. */
  setDirtyRate(objectsPerMinute: number): void {
    this.#countWrites()
    this.#dirtyPerMinute = objectsPerMinute / Math.max(1, this.#groups.length)
  }

  /** Adds objects to a pool, or removes some. */
  write(poolId: number, objects: number, objectBytes: number): void {
    const groups = this.#groups.filter((group) => group.poolId === poolId)
    const before = this.objects
    const each = Math.trunc(objects / groups.length)
    const rest = Math.abs(objects - each * groups.length)
    groups.forEach((group, index) => {
      const place = (index - this.#writeCursor + groups.length) % groups.length
      const share = each + (place < rest ? Math.sign(objects) : 0)
      group.objects = Math.max(0, group.objects + share)
      const held = this.#heldOf.get(group)
      if (held !== undefined) addWritten(held, Math.max(0, share))
    })
    this.#writeCursor = (this.#writeCursor + rest) % groups.length
    const total = before + objects
    if (objects > 0 && total > 0)
      this.#objectBytes = (before * this.#objectBytes + objects * objectBytes) / total
    this.#changed()
  }

  /** Every group of those pools is served by OSDs among those that can be talked to. A guest's disk lies in all groups. */
  isServed(reached: ReadonlySet<number>, pools: ReadonlySet<number>): boolean {
    return this.#held.every(
      ({ group, rules, busy }) =>
        !pools.has(group.poolId) ||
        (busy === undefined &&
          canServe(group, rules) &&
          group.acting.every((osd) => reached.has(osd)) &&
          group.spares.every((osd) => reached.has(osd))),
    )
  }

  /** Its members have agreed with each other. */
  hasPeered(group: PlacementGroup): boolean {
    return this.#heldOf.get(group)?.busy === undefined
  }

  /** An OSD went up or down, in or out, or the rules of a pool are others, whose groups agree anew if it is given. */
  mapChanged(cause: Osd | undefined, poolAgreeingAnew?: number): void {
    const { osds, random, parameters } = this.#with
    // All groups that a change concerns agree in the same time.
    const times = {
      peeringMs: millisecondsIn(
        cause?.up !== false ? parameters.pgPeeringReturn : parameters.pgPeeringLoss,
        random,
      ),
      leaseMs: millisecondsIn(parameters.pgLeaseWait, random),
    }
    this.#countWrites()
    this.recovery.credit()
    for (const held of this.#held) {
      const { group, rules } = held
      const placed = placedOn(group, osds, rules.size)
      const acting = placed.filter((id) => osds[id]?.up)
      const wasServing = canServe(group, rules) && held.busy === undefined
      const isSame = sameMembers(acting, group.acting)
      for (const id of group.acting) held.pastMembers.add(id)
      const oldSpares = group.spares
      this.#moveCopies(group, placed, acting)
      const { lastWriters } = group
      group.hasSource = lastWriters.length === 0 || lastWriters.some((id) => osds[id]?.up)
      if (isSame && sameMembers(oldSpares, group.spares) && group.poolId !== poolAgreeingAnew) continue
      this.#peer(held, cause, wasServing, times)
      this.#noteWriters(held)
    }
    this.#note()
    this.recovery.replan(this.#groups)
    this.#changed()
  }

  /** An OSD that its groups waited for may answer again, or paths may be others. */
  reconsider(): void {
    this.recovery.pathsChanged()
    if (this.#held.some(({ busy }) => busy !== undefined)) this.#endPeering()
  }

  /** Flags or pace of recovery changed. */
  replan(): void {
    this.recovery.replan(this.#groups)
    this.#changed()
  }

  stateOf(index: number, isLaggy: boolean): GroupState {
    const held = this.#held[index] as Held
    const { parameters } = this.#with
    return groupState(held.group, {
      rules: held.rules,
      peering: held.busy?.kind ?? 'none',
      isRecovering: this.recovery.isRecovering(held.group),
      isLaggy,
      asyncRecovery: parameters.cephAsyncRecovery,
      shortLog: parameters.cephShortLog,
    })
  }

  /** Since when a group is not active, or has fewer copies than wanted. */
  troubleOf(index: number): Pick<Held, 'inactiveSinceMs' | 'undersizedSinceMs'> {
    return this.#held[index] as Held
  }

  /** Whether anything will change without a new event from outside. */
  get isBusy(): boolean {
    const nowMs = this.#with.scheduler.nowMs()
    return (
      this.recovery.isRunning || this.#held.some(({ busy }) => busy !== undefined && busy.untilMs > nowMs)
    )
  }

  /** KiB of data on an OSD, whether it is up or not. */
  dataKiBOn(osd: number): number {
    let objects = 0
    for (const group of this.#groups)
      if (group.copies.has(osd)) objects += group.objects - missingOn(group, osd)
    return Math.round((objects * this.#objectBytes) / 1024)
  }

  /** Copies that exist of a pool's objects. */
  copiesOf(poolId: number): number {
    let copies = 0
    for (const group of this.#groups)
      if (group.poolId === poolId)
        for (const osd of group.copies.keys()) copies += group.objects - missingOn(group, osd)
    return copies
  }

  #moveCopies(group: PlacementGroup, placed: readonly number[], acting: readonly number[]): void {
    for (const id of acting)
      if (!group.acting.includes(id)) {
        const missing = missingOn(group, id)
        const fromNothing = group.copies.get(id)?.fromNothing ?? true
        group.copies.set(id, {
          missing: missing < 0.01 ? 0 : missing,
          leftAtWritten: undefined,
          fromNothing: fromNothing && missing > 0,
        })
      }
    group.placed = placed
    group.acting = acting
    group.spares = this.#sparesOf(group)
    // Spares take the writes from now on, as those that serve do, also where they were away for a while; nobody else does.
    for (const [id, copy] of group.copies) {
      if (acting.includes(id)) continue
      copy.leftAtWritten = group.spares.includes(id) ? undefined : (copy.leftAtWritten ?? group.written)
    }
  }

  #peer(held: Held, cause: Osd | undefined, wasServing: boolean, times: PeeringTimes): void {
    const { osds } = this.#with
    const mayHoldLease = [...held.pastMembers].some((id) => {
      const osd = osds[id]
      return osd !== undefined && !osd.up && !osd.deathProven && osd !== cause
    })
    const isLost = cause !== undefined && !cause.up && cause.in
    const waits = mayHoldLease && wasServing && !isLost
    held.busy = waits ? this.#busy('lease', times.leaseMs) : this.#busy('peering', times.peeringMs)
  }

  #busy(kind: 'peering' | 'lease', forMs: number): Held['busy'] {
    const { scheduler } = this.#with
    const untilMs = scheduler.nowMs() + forMs
    if (!this.#peeringEnds.has(untilMs)) {
      this.#peeringEnds.add(untilMs)
      scheduler.at(untilMs, () => this.#endPeering())
    }
    return { kind, untilMs }
  }

  #weighted(): readonly { readonly id: number; readonly node: string; readonly weight: number }[] {
    return this.#with.osds
      .filter(({ stage }) => stage === 'member')
      .map(({ id, node, diskGiB }) => ({ id, node, weight: diskGiB }))
  }

  #endPeering(): void {
    const { scheduler, osds } = this.#with
    const nowMs = scheduler.nowMs()
    this.#peeringEnds.delete(nowMs)
    const answer = (id: number) => osds[id]?.process === 'serving'
    const ending = this.#held.filter(
      ({ busy, group }) =>
        busy !== undefined &&
        busy.untilMs <= nowMs &&
        group.acting.every(answer) &&
        group.spares.every(answer),
    )
    if (ending.length === 0) return
    this.#countWrites()
    for (const held of ending) {
      held.busy = undefined
      this.#noteWriters(held)
    }
    this.#note()
    this.recovery.replan(this.#groups)
    this.#with.peered()
    this.#with.completed()
    this.#changed()
  }

  #progressed(): void {
    for (const held of this.#held) this.#noteWriters(held)
    this.#note()
    this.#with.completed()
    this.#changed()
  }

  /** Who has every acknowledged write; once all copies are complete, the past does not matter any more. */
  #noteWriters(held: Held): void {
    const { group, rules, pastMembers } = held
    const isWhole = group.acting.length === group.placed.length && group.placed.length === rules.size
    if (isWhole && group.acting.every((osd) => missingOn(group, osd) === 0)) {
      pastMembers.clear()
      for (const osd of group.copies.keys()) if (!group.placed.includes(osd)) group.copies.delete(osd)
      group.spares = []
      group.lastWriters = group.acting
      group.hasSource = true
    } else if (isServed(held)) {
      const complete = [...group.acting, ...group.spares].filter((osd) => missingOn(group, osd) === 0)
      assert(complete.length > 0, `${group.id} is served by nobody who has all of it`)
      group.lastWriters = complete
    }
  }

  #note(): void {
    const nowMs = this.#with.scheduler.nowMs()
    for (const held of this.#held) {
      const { group, rules, busy } = held
      const isActive = canServe(group, rules) && busy?.kind !== 'peering'
      held.inactiveSinceMs = isActive ? undefined : (held.inactiveSinceMs ?? nowMs)
      const isWhole = group.acting.length + group.spares.length >= rules.size
      held.undersizedSinceMs =
        isWhole && !this.#servesShort(group) ? undefined : (held.undersizedSinceMs ?? nowMs)
    }
  }

  #changed(): void {
    this.#version += 1
    this.#with.changed()
  }

  #servesShort(group: PlacementGroup): boolean {
    return group.acting.some((osd) => missingOn(group, osd) > this.#with.parameters.cephAsyncRecovery)
  }

  #mayRecover(group: PlacementGroup, osd: Osd): boolean {
    const held = this.#heldOf.get(group)
    const { flags, parameters } = this.#with
    if (held === undefined || held.busy !== undefined || !canServe(group, held.rules)) return false
    const isOnlyMisplaced = group.spares.length > 0
    if (isOnlyMisplaced && flags.has('norebalance')) return false
    return isBackfill(group, osd.id, { shortLog: parameters.cephShortLog })
      ? !flags.has('nobackfill') && osd.fullness !== 'backfillfull' && osd.fullness !== 'full'
      : !flags.has('norecover')
  }

  /** Both ends live and reach each other, whatever the map still says of them. */
  #canCopy(source: Osd | undefined, osd: Osd): boolean {
    if (source === undefined || source.process !== 'serving' || osd.process !== 'serving') return false
    return this.#with.reaches(source.node, osd.node)
  }

  #sparesOf(group: PlacementGroup): readonly number[] {
    const spares: number[] = []
    for (const id of group.copies.keys())
      if (!group.placed.includes(id) && this.#with.osds[id]?.up && missingOn(group, id) === 0) spares.push(id)
    return spares
  }

  /** Adds what clients wrote anew since the last time to the groups that were served; before anything of that changes. */
  #countWrites(): void {
    const nowMs = this.#with.scheduler.nowMs()
    for (const held of this.#held) {
      const minutes = (nowMs - held.countedMs) / 60_000
      held.countedMs = nowMs
      if (isServed(held)) addWritten(held, minutes * this.#dirtyPerMinute)
    }
  }
}

/** Its members have agreed, and are enough. */
function isServed({ group, rules, busy }: Held): boolean {
  return busy === undefined && canServe(group, rules)
}

/** What waits until somebody serves the group is missed by nobody who was away before. */
function addWritten(held: Held, objects: number): void {
  const { group } = held
  group.written += objects
  if (isServed(held)) return
  for (const copy of group.copies.values())
    if (copy.leftAtWritten !== undefined) copy.leftAtWritten += objects
}
