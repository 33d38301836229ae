import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import type { ClusterSettings, PoolSettings } from './cluster-settings.ts'
import type { OsdMap } from './osd-map.ts'
import type { PlacedData } from './placed-data.ts'
import type { PlacementGroup, PoolRules } from './placement.ts'

/** Without an id it gets the next one. */
type NewPool = Omit<PoolSettings, 'id' | 'createdMs' | 'createdEpoch'> & { readonly id?: number }

interface Surroundings {
  readonly settings: ClusterSettings
  readonly osdMap: OsdMap
  readonly data: PlacedData
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** Disks of guests that the pool of a new lab has. */
  readonly guestCount: number
  /** Pools came, went or have other rules. */
  changed(): void
  /** With everything that was written to it. */
  removed(id: number): void
}

/** Pool of the guests' disks, as a lab with Ceph has it. */
export const guestPoolName = 'vmpool'
const managersPoolName = 'device_health_metrics'
const managersPool = {
  name: managersPoolName,
  application: 'mgr_devicehealth',
  pgNum: 1,
  autoscale: 'on',
  quotaBytes: 0,
} as const
const guestObjectBytes = 4 * 1024 * 1024

/** The pools of a cluster, and how much guests write to theirs. */
export class ClusterPools {
  readonly #with: Surroundings
  #lastId = 0
  /** Disks of guests in the pool. */
  #guestDisks: number
  #usedGroups: 'all' | ReadonlySet<string>
  /** Pools of a new lab have been there for long; later ones are made while somebody waits. */
  #isBuilt = false

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#guestDisks = surroundings.guestCount
    this.#usedGroups = surroundings.guestCount > 0 ? 'all' : new Set()
  }

  get all(): readonly PoolSettings[] {
    return this.#with.settings.pools
  }

  /** Pools of guests' disks: those for block devices, the oldest first. */
  get ofGuests(): readonly PoolSettings[] {
    return this.all.filter(({ application }) => application === 'rbd')
  }

  get guestPoolId(): number | undefined {
    return this.all.find(({ application }) => application === 'rbd')?.id
  }

  /** Of the guests' pool. */
  get guestGroups(): readonly PlacementGroup[] {
    const { guestPoolId } = this
    return this.#with.data.groups.filter(({ poolId }) => poolId === guestPoolId)
  }

  /** Copies the pool of a group wants. */
  sizeOf(groupId: string): number {
    const poolId = Number.parseInt(groupId, 10)
    return this.all.find(({ id }) => id === poolId)?.size ?? 0
  }

  /** Clients wait when it does not answer. */
  isUsed(group: PlacementGroup): boolean {
    return this.#usedGroups === 'all' ? group.poolId === this.guestPoolId : this.#usedGroups.has(group.id)
  }

  /** Clients use these groups only, not all of the guests' pool. */
  limitUseTo(ids: readonly string[]): void {
    this.#usedGroups = new Set(ids)
  }

  create(pool: NewPool): void {
    const { settings, osdMap, data, scheduler, random, parameters } = this.#with
    this.#lastId = pool.id ?? this.#lastId + 1
    const created = {
      ...pool,
      id: this.#lastId,
      createdMs: scheduler.nowMs(),
      createdEpoch: osdMap.epoch,
    }
    settings.pools.push(created)
    data.createPool(created, this.#isBuilt ? millisecondsIn(parameters.pgPeeringReturn, random) : undefined)
    if (this.#isBuilt) this.#with.changed()
  }

  change(pool: PoolSettings): void {
    const { pools } = this.#with.settings
    pools[pools.findIndex(({ id }) => id === pool.id)] = pool
    this.#with.data.changePool(pool)
    this.#with.changed()
  }

  remove(id: number): void {
    const { pools } = this.#with.settings
    pools.splice(
      pools.findIndex((pool) => pool.id === id),
      1,
    )
    this.#with.data.removePool(id)
    this.#with.removed(id)
    this.#with.changed()
  }

  /** A guest's disk came to the pool, with as much written as every other, or is gone from it. */
  guestDisksChanged(change: 1 | -1): void {
    const { data, parameters } = this.#with
    const { cephObjectsPerGuest, cephDirtyPerMinute } = parameters
    const poolId = this.guestPoolId
    if (poolId === undefined) return
    const stored = this.guestGroups.reduce((sum, { objects }) => sum + objects, 0)
    const each = change === 1 ? cephObjectsPerGuest : -Math.round(stored / Math.max(1, this.#guestDisks))
    data.write(poolId, each, guestObjectBytes)
    this.#guestDisks = Math.max(0, this.#guestDisks + change)
    data.setDirtyRate(this.#guestDisks * cephDirtyPerMinute)
    if (change === 1) this.#usedGroups = 'all'
  }

  /** The active manager makes a pool for itself as soon as there are OSDs for all its copies. */
  createManagers(): void {
    const { osdPoolDefaultSize: size, osdPoolDefaultMinSize: minSize } = this.#with.settings.thresholds
    const isThere = this.all.some(({ name }) => name === managersPoolName)
    const ready = this.#with.osdMap.osds.filter((osd) => osd.up && osd.in).length
    if (!this.#isBuilt || isThere || ready < size) return
    this.create({ ...managersPool, size, minSize })
  }

  /** The pools of a new lab and what its guests' disks have written so far; none in one without OSDs. */
  build(rules: PoolRules): void {
    if (this.#with.osdMap.osds.length > 0) this.#fill(rules)
    this.#isBuilt = true
  }

  #fill(rules: PoolRules): void {
    const { guestCount, parameters, osdMap, data } = this.#with
    const common = { ...rules, autoscale: 'on', quotaBytes: 0 } as const
    this.create({ ...common, ...managersPool })
    const diskBytes = osdMap.osds.reduce((sum, osd) => sum + osd.diskGiB, 0) * 1024 ** 3
    const room = (diskBytes * parameters.cephFilledAtStart) / rules.size / guestObjectBytes
    const objects = Math.floor(Math.min(guestCount * parameters.cephObjectsPerGuest, room))
    const filled = (objects * guestObjectBytes * rules.size) / diskBytes
    const pgNum = this.#autoscaled(parameters.pgCount - 1, filled, rules)
    this.create({ ...common, name: guestPoolName, application: 'rbd', pgNum })
    data.write(this.#lastId, objects, guestObjectBytes)
    data.setDirtyRate(guestCount * parameters.cephDirtyPerMinute)
  }

  /** The autoscaler wants a share of groups per OSD by what a pool fills, and acts where that is far from what it has. */
  #autoscaled(groups: number, filled: number, rules: PoolRules): number {
    const { osdMap, parameters } = this.#with
    const wanted = (osdMap.osds.length * parameters.pgPerOsd * filled) / rules.size
    const powerOfTwo = 2 ** Math.round(Math.log2(Math.max(1, wanted)))
    return powerOfTwo > groups * parameters.pgAutoscaleFactor ? powerOfTwo : groups
  }
}
