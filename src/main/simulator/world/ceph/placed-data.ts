import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn } from '../parameters.ts'
import type { PoolSettings } from './cluster-settings.ts'
import { type GroupState, groupState } from './group-state.ts'
import { HeldGroup } from './held-group.ts'
import type { Osd } from './osd.ts'
import { missingOn, type PlacementGroup, placedOn, placementGroups, preferAmong } from './placement.ts'
import { Recovery } from './recovery.ts'
import { mayRecover, type RecoveryPlace, recoveryRate } from './recovery-limits.ts'

interface Surroundings extends RecoveryPlace {
  readonly osds: readonly Osd[]
  readonly scheduler: EventScheduler
  readonly random: Random
  /** What is served, or how complete it is, changed. */
  changed(): void
  /** Copies may have become complete, or count again; `changed` follows. */
  completed(): void
  /** Groups have agreed with each other. */
  peered(): void
}

interface PeeringTimes {
  readonly peeringMs: number
  readonly leaseMs: number
}

const initialObjectBytes = 4 * 1024 * 1024

/** Where the pools' objects lie, which of them are served, and what returning OSDs still have to copy. */
export class PlacedData {
  readonly recovery: Recovery
  readonly #with: Surroundings
  readonly #held: HeldGroup[] = []
  readonly #heldOf = new Map<PlacementGroup, HeldGroup>()
  readonly #groups: PlacementGroup[] = []
  readonly #peeringEnds = new Set<number>()
  /** Objects written anew per minute and group while it is served. */
  #dirtyPerMinute = 0
  #objectBytes = initialObjectBytes
  #version = 0
  /** Group that the next object goes to. */
  #writeCursor = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { osds, scheduler } = surroundings
    this.recovery = new Recovery({
      osds,
      scheduler,
      rate: (source, osd, sharing) => recoveryRate(source, osd, sharing, this.#objectBytes, surroundings),
      mayRecover: (group, osd) => {
        const held = this.#heldOf.get(group)
        return held !== undefined && mayRecover(held, osd, surroundings)
      },
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
      const held = new HeldGroup(group, pool, osds, scheduler.nowMs())
      if (peeringMs !== undefined) this.#begin(held, 'peering', peeringMs)
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
    for (const held of this.#held) {
      preferAmong(held.group, weighted, this.#with.random)
      if (osd.stage === 'absent') held.forget(osd.id)
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
      this.#heldOf.get(group)?.addWritten(Math.max(0, share))
    })
    this.#writeCursor = (this.#writeCursor + rest) % groups.length
    const total = before + objects
    if (objects > 0 && total > 0)
      this.#objectBytes = (before * this.#objectBytes + objects * objectBytes) / total
    this.#changed()
  }

  /** Every group of those pools is served by OSDs among those that can be talked to. A guest's disk lies in all groups. */
  isServed(reached: ReadonlySet<number>, pools: ReadonlySet<number>): boolean {
    return this.#held.every((held) => !pools.has(held.group.poolId) || held.isServedBy(reached))
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
      const { group, rules, isServed } = held
      const isMoved = held.moveTo(placedOn(group, osds, rules.size))
      if (!isMoved && group.poolId !== poolAgreeingAnew) continue
      this.#peer(held, cause, isServed, times)
      held.noteWriters()
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
    const held = this.#held[index] as HeldGroup
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
  troubleOf(index: number): Pick<HeldGroup, 'inactiveSinceMs' | 'undersizedSinceMs'> {
    return this.#held[index] as HeldGroup
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

  #peer(held: HeldGroup, cause: Osd | undefined, wasServed: boolean, times: PeeringTimes): void {
    const isLost = cause !== undefined && !cause.up && cause.in
    if (wasServed && !isLost && held.mayHoldLease(cause)) this.#begin(held, 'lease', times.leaseMs)
    else this.#begin(held, 'peering', times.peeringMs)
  }

  #begin(held: HeldGroup, kind: 'peering' | 'lease', forMs: number): void {
    const { scheduler } = this.#with
    const untilMs = scheduler.nowMs() + forMs
    held.busy = { kind, untilMs }
    if (this.#peeringEnds.has(untilMs)) return
    this.#peeringEnds.add(untilMs)
    scheduler.at(untilMs, () => this.#endPeering())
  }

  #weighted(): readonly { readonly id: number; readonly node: string; readonly weight: number }[] {
    return this.#with.osds
      .filter(({ stage }) => stage === 'member')
      .map(({ id, node, diskGiB }) => ({ id, node, weight: diskGiB }))
  }

  #endPeering(): void {
    const nowMs = this.#with.scheduler.nowMs()
    this.#peeringEnds.delete(nowMs)
    const ending = this.#held.filter(
      (held) => held.busy !== undefined && held.busy.untilMs <= nowMs && held.isAnswered,
    )
    if (ending.length === 0) return
    this.#countWrites()
    for (const held of ending) {
      held.busy = undefined
      held.noteWriters()
    }
    this.#note()
    this.recovery.replan(this.#groups)
    this.#with.peered()
    this.#with.completed()
    this.#changed()
  }

  #progressed(): void {
    for (const held of this.#held) held.noteWriters()
    this.#note()
    this.#with.completed()
    this.#changed()
  }

  #note(): void {
    const nowMs = this.#with.scheduler.nowMs()
    for (const held of this.#held) held.noteTrouble(nowMs, this.#with.parameters.cephAsyncRecovery)
  }

  #changed(): void {
    this.#version += 1
    this.#with.changed()
  }

  /** To be called before anything changes on which it depends what is written where. */
  #countWrites(): void {
    const nowMs = this.#with.scheduler.nowMs()
    for (const held of this.#held) held.countWrites(nowMs, this.#dirtyPerMinute)
  }
}
