import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { type Path, perfectPath } from '../network.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import { fullnessOf, usageOf } from './capacity.ts'
import { healthLines, healthStatus, inOrder } from './ceph-health.ts'
import { CephManagers } from './ceph-managers.ts'
import { killedForMemory } from './ceph-memory.ts'
import { CephMonitors } from './ceph-monitors.ts'
import type { CephReport, ClientLoad, HealthCheck, HealthStatus } from './ceph-report.ts'
import { changeCluster } from './cluster-changes.ts'
import { currentChecks, newClusterMs } from './cluster-health.ts'
import { clusterReport } from './cluster-report.ts'
import {
  type ClusterSettings,
  emptySettings,
  type PoolSettings,
  type Thresholds,
} from './cluster-settings.ts'
import { nextStuckMs } from './group-health.ts'
import { GroupStatistics } from './group-statistics.ts'
import { LossyHeartbeats } from './lossy-heartbeats.ts'
import { MonitorClocks } from './monitor-clocks.ts'
import { writeDelaySeconds } from './network-pace.ts'
import type { Osd } from './osd.ts'
import { OsdMap } from './osd-map.ts'
import { PlacedData } from './placed-data.ts'
import type { PlacementGroup, PoolRules } from './placement.ts'
import { scrub } from './scrub.ts'
import { WriteHistory } from './write-history.ts'

/** Without an id it gets the next one. */
type NewPool = Omit<PoolSettings, 'id' | 'createdMs' | 'createdEpoch'> & { readonly id?: number }

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

interface Surroundings {
  /** Nodes that may have daemons, in the order of their addresses. */
  readonly nodes: readonly string[]
  /** Those that have a monitor, a manager and OSDs from the beginning; all of them if absent. */
  readonly daemonsOn?: readonly string[]
  readonly rules: PoolRules
  readonly guestCount: number
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly osdsPerNode?: number
  /** Size of each OSD of a node; 25 if absent. */
  readonly diskGiB?: (node: string) => number
  readonly thresholds?: Partial<Thresholds>
  /** Both machines have power and a path between them over the cluster network. */
  reaches(from: string, to: string): boolean
  /** Latency, loss and bandwidth of that path; perfect if absent. */
  pathOf?(from: string, to: string): Path
  log(node: string, source: string, level: string, message: string): void
  /** Called before a change of the map: what was written so far went to the OSDs that serve until now. */
  mapChanges?(): void
  /** How far a node's clock is ahead of true time. */
  clockOffsetSeconds?(node: string): number
  clocksMove?(): boolean
  /** Guests read and write. */
  isUsed?(): boolean
  /** The kernel of a node killed that daemon of its, or all of that kind. */
  killedForMemory?(node: string, victim: 'manager' | 'osd'): void
  /** From some node the disks of guests began or ceased to answer. */
  ioChanged(): void
}

export interface CephSummary {
  readonly health: HealthStatus | 'unknown'
  readonly placementGroups: number
  readonly activeClean: number
  readonly osdsUp: number
  readonly osds: number
}

/** A lab without Ceph keeps its guests elsewhere, where nothing can be wrong with it. */
const noCeph: CephSummary = { health: 'HEALTH_OK', placementGroups: 0, activeClean: 0, osdsUp: 0, osds: 0 }

const guestObjectBytes = 4 * 1024 * 1024

/** The Ceph cluster of a lab: monitors, managers, OSDs and the guests' data, put together. */
export class CephCluster {
  readonly #with: Surroundings
  readonly settings: ClusterSettings
  readonly monitors: CephMonitors
  readonly managers: CephManagers
  readonly osdMap: OsdMap
  readonly data: PlacedData
  /** Of the guests' pool. */
  readonly writes: WriteHistory
  readonly statistics: GroupStatistics
  readonly clocks: MonitorClocks
  readonly #heartbeats: LossyHeartbeats
  readonly #answering = new Map<string, boolean>()
  #answersVersion = 0
  readonly #slowShownMs: number
  readonly #memoryLimits = new Map<string, number>()
  #usedGroups: 'all' | ReadonlySet<string>
  #checks: readonly HealthCheck[] = []
  #isBuilt = false
  #lastPoolId = 0
  #createdMs = 0
  /** Disks of guests in the pool. */
  #guestDisks = 0
  /** What clients do at the moment, as the manager smooths it. */
  clientLoad: ClientLoad | undefined

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { nodes, scheduler, random, parameters, reaches } = surroundings
    const log = (node: string, level: string, message: string) =>
      surroundings.log(node, 'ceph', level, `cluster [${level}] ${message}`)
    const daemonsOn = surroundings.daemonsOn ?? nodes
    const shared = { nodes, daemonsOn, scheduler, parameters, reaches, log }
    this.settings = emptySettings(surroundings.thresholds)
    this.#guestDisks = surroundings.guestCount
    this.#usedGroups = surroundings.guestCount > 0 ? 'all' : new Set()
    this.#slowShownMs = millisecondsIn(parameters.slowOpsShown, random)
    this.monitors = new CephMonitors({
      ...shared,
      random: random.fork('monitors'),
      quorumChanged: () => this.#quorumChanged(),
    })
    const { monitors, settings } = this
    this.managers = new CephManagers({
      ...shared,
      random: random.fork('managers'),
      monitors,
      activeChanged: () => this.#managerChanged(),
    })
    const perNode = surroundings.osdsPerNode ?? 1
    this.osdMap = new OsdMap({
      ...shared,
      hosts: daemonsOn.flatMap((node) =>
        Array.from({ length: perNode }, () => ({ node, diskGiB: surroundings.diskGiB?.(node) ?? 25 })),
      ),
      random: random.fork('osds'),
      monitors,
      areMissed: (node) => this.#heartbeats.areMissed(node),
      mapChanged: (osd) => this.#mapChanged(osd),
      suspected: () => this.statistics.changed(),
      crushChanged: (osd) => {
        this.data.crushChanged(osd)
        if (osd.stage === 'absent') this.writes.forget(osd.id)
      },
    })
    const { osds, flags } = this.osdMap
    this.#heartbeats = new LossyHeartbeats({
      nodes: () => this.#osdHosts,
      scheduler,
      random: random.fork('heartbeats'),
      parameters,
      pathOf: this.#pathOf,
      changed: () => this.osdMap.reconsider(),
    })
    this.data = new PlacedData({
      pathOf: this.#pathOf,
      osds,
      settings,
      flags,
      scheduler,
      random: random.fork('data'),
      parameters,
      changed: () => this.#dataChanged(),
      peered: () => this.osdMap.notePeered(),
    })
    this.writes = new WriteHistory({
      groups: () => this.#guestGroups,
      hasPeered: (group) => this.data.hasPeered(group),
    })
    this.statistics = new GroupStatistics({
      data: this.data,
      osds,
      managers: this.managers,
      scheduler,
      random: random.fork('statistics'),
      parameters,
      isUsed: (group) =>
        this.#usedGroups === 'all' ? group.poolId === this.guestPoolId : this.#usedGroups.has(group.id),
      digested: (heard) => this.#digested(heard),
    })
    this.clocks = new MonitorClocks({
      monitors,
      scheduler,
      random: random.fork('clocks'),
      parameters,
      allowedSkewSeconds: () => settings.thresholds.monClockDriftAllowed,
      nodeOffsetSeconds: (node) => surroundings.clockOffsetSeconds?.(node) ?? 0,
      clocksMove: () => surroundings.clocksMove?.() === true,
      compared: () => this.#refreshHealth(),
    })
    if (osds.length > 0) this.#fill()
    this.#isBuilt = true
  }

  readonly #pathOf = (from: string, to: string): Path => this.#with.pathOf?.(from, to) ?? perfectPath

  get #guestGroups(): readonly PlacementGroup[] {
    const { guestPoolId } = this
    return this.data.groups.filter(({ poolId }) => poolId === guestPoolId)
  }

  /** Pools of guests' disks: those for block devices, the oldest first. */
  get guestPools(): readonly PoolSettings[] {
    return this.settings.pools.filter(({ application }) => application === 'rbd')
  }

  get guestPoolId(): number | undefined {
    return this.guestPools[0]?.id
  }

  get #osdHosts(): readonly string[] {
    const hosts = new Set(this.osdMap.existing.map(({ node }) => node))
    return this.#with.nodes.filter((node) => hosts.has(node))
  }

  /** There are monitors, or will be in a moment. */
  get exists(): boolean {
    return this.#with.nodes.some((node) => this.monitors.has(node))
  }

  /** When its first monitor was created. */
  get createdMs(): number {
    return this.#createdMs
  }

  get nowMs(): number {
    return this.#with.scheduler.nowMs()
  }

  get checks(): readonly HealthCheck[] {
    return this.#checks
  }

  has(node: string): boolean {
    return this.monitors.has(node) || this.managers.has(node) || this.osdMap.osdsOn(node).length > 0
  }

  createMonitor(node: string, slowdown: number): void {
    if (!this.exists) {
      this.#createdMs = this.nowMs
      this.#with.scheduler.at(this.nowMs + newClusterMs, () => this.#refreshHealth())
    }
    this.monitors.create(node, slowdown)
  }

  /** The node answers, but its daemons do not run yet. */
  kernelStarted(node: string): void {
    if (this.has(node)) this.osdMap.kernelStarted(node)
  }

  /** The node's daemons start; `slowdown` times slower than on a fast machine. */
  start(node: string, slowdown: number): void {
    if (!this.has(node)) return
    if (this.monitors.has(node)) this.monitors.start(node, slowdown)
    if (this.managers.has(node)) this.managers.start(node)
    this.osdMap.start(node, slowdown)
    this.#refreshIo()
  }

  stop(node: string, how: 'lost' | 'killed' | 'orderly'): void {
    if (!this.has(node)) return
    this.osdMap.stop(node, how)
    this.managers.stop(node, how === 'orderly')
    this.monitors.stop(node, how === 'orderly')
    this.reconsider()
  }

  /** To be called whenever a path between two nodes may have come or gone. */
  reconsider(): void {
    this.monitors.reconsider()
    this.managers.reconsider()
    this.#heartbeats.reconsider()
    this.osdMap.reconsider()
    this.data.reconsider()
    this.#refreshIo()
  }

  /** Reads and writes of a guest on that node are answered now. No monitor is needed for that. */
  diskAnswers(node: string): boolean {
    return !this.exists || (this.#answering.get(node) ?? this.#worksFrom(node, new Map()))
  }

  /** Grows whenever disks begin or cease to answer on some node. */
  get answersVersion(): number {
    return this.#answersVersion
  }

  /** What a write of a guest on that node takes longer than in a perfect network, in seconds. */
  writeDelaySeconds(node: string): number {
    return writeDelaySeconds(node, this.#osdHosts, this.#pathOf)
  }

  /** A disk can be opened anew from that node. */
  diskOpens(node: string): boolean {
    if (!this.exists) return true
    const { leader } = this.monitors
    return leader !== undefined && this.#with.reaches(node, leader) && this.diskAnswers(node)
  }

  /** As `ceph -s` asked on that node; what the manager reports may be old. */
  summary(node: string): CephSummary {
    if (!this.exists) return noCeph
    const { leader } = this.monitors
    const osds = this.osdMap.existing
    const heard = leader !== undefined && this.#with.reaches(node, leader)
    const { reported } = this.statistics
    const clean = reported.filter((group) => this.statistics.nameOf(group) === 'active+clean').length
    return {
      health: heard ? healthStatus(this.#checks, [...this.settings.mutes.values()]) : 'unknown',
      placementGroups: this.data.groups.length,
      activeClean: heard ? clean : 0,
      osdsUp: osds.filter((osd) => osd.up).length,
      osds: osds.length,
    }
  }

  /** What the monitors tell a client on that node; nothing while none that would answer hears it. */
  report(node: string): CephReport | undefined {
    const { parameters } = this.#with
    if (!this.monitors.answering().some((monitor) => this.#with.reaches(node, monitor))) return undefined
    return clusterReport({
      cluster: this,
      checks: this.#checks,
      parameters,
      nowMs: this.nowMs,
      client: this.clientLoad,
    })
  }

  /** Carries out a change that a command asks for; nothing if it is none. */
  change(argv: readonly string[]): ReturnType<typeof changeCluster> {
    return changeCluster(this, argv)
  }

  /** The node's daemons may have no more memory than that, or any amount if infinite; what the kernel kills stays dead until it is started. */
  limitMemory(node: string, limitMiB: number): void {
    if (limitMiB === Number.POSITIVE_INFINITY) {
      this.#memoryLimits.delete(node)
      return
    }
    this.#memoryLimits.set(node, limitMiB)
    this.obeyMemoryLimits()
  }

  createPool(pool: NewPool): void {
    this.#lastPoolId = pool.id ?? this.#lastPoolId + 1
    const created = {
      ...pool,
      id: this.#lastPoolId,
      createdMs: this.nowMs,
      createdEpoch: this.osdMap.epoch,
    }
    this.settings.pools.push(created)
    const { pgPeeringReturn } = this.#with.parameters
    this.data.createPool(
      created,
      this.#isBuilt ? millisecondsIn(pgPeeringReturn, this.#with.random) : undefined,
    )
    if (this.#isBuilt) this.#refreshHealth()
  }

  changePool(pool: PoolSettings): void {
    const { pools } = this.settings
    pools[pools.findIndex(({ id }) => id === pool.id)] = pool
    this.data.changePool(pool)
    this.#refreshHealth()
  }

  /** A guest's disk came to the pool, with as much written as every other, or is gone from it. */
  guestDisksChanged(change: 1 | -1): void {
    const { cephObjectsPerGuest, cephDirtyPerMinute } = this.#with.parameters
    const poolId = this.guestPoolId
    if (poolId === undefined) return
    const stored = this.#guestGroups.reduce((sum, { objects }) => sum + objects, 0)
    const each = change === 1 ? cephObjectsPerGuest : -Math.round(stored / Math.max(1, this.#guestDisks))
    this.data.write(poolId, each, guestObjectBytes)
    this.#guestDisks = Math.max(0, this.#guestDisks + change)
    this.data.setDirtyRate(this.#guestDisks * cephDirtyPerMinute)
    if (change === 1) this.#usedGroups = 'all'
  }

  /** An administrator has the groups of an OSD compared. */
  scrub(osd: Osd, isDeep: boolean): void {
    const { scheduler, parameters } = this.#with
    const log = (node: string, level: string, message: string) =>
      this.#with.log(node, 'ceph', 'debug', `cluster [${level}] ${message}`)
    scrub(osd, isDeep, { data: this.data, scheduler, parameters, log })
  }

  get parameters(): WorldParameters {
    return this.#with.parameters
  }

  /** With everything that was written to it. */
  removePool(id: number): void {
    const { pools } = this.settings
    pools.splice(
      pools.findIndex((pool) => pool.id === id),
      1,
    )
    this.data.removePool(id)
    this.statistics.forgetPool(id)
    this.#refreshHealth()
  }

  /** Clients use these groups only, not all of the guests' pool. */
  limitUseTo(ids: readonly string[]): void {
    this.#usedGroups = new Set(ids)
  }

  /** Copies the pool of a group wants. */
  sizeOf(groupId: string): number {
    const poolId = Number.parseInt(groupId, 10)
    return this.settings.pools.find(({ id }) => id === poolId)?.size ?? 0
  }

  /** To be called after a change of the settings. */
  settingsChanged(): void {
    for (const osd of this.osdMap.osds) this.#noteFullness(osd)
    this.data.replan()
    this.#refreshHealth()
  }

  /** Requests of the last time without a quorum are not worked off yet. */
  get recentOutage(): CephMonitors['lastOutage'] {
    const { lastOutage } = this.monitors
    return lastOutage !== undefined && this.nowMs - lastOutage.toMs < this.#slowShownMs
      ? lastOutage
      : undefined
  }

  /** The active manager makes a pool for itself as soon as there are OSDs for all its copies. */
  #createManagersPool(): void {
    const { osdPoolDefaultSize: size, osdPoolDefaultMinSize: minSize } = this.settings.thresholds
    const isThere = this.settings.pools.some(({ name }) => name === managersPoolName)
    const ready = this.osdMap.osds.filter((osd) => osd.up && osd.in).length
    if (!this.#isBuilt || isThere || this.managers.active === undefined || ready < size) return
    this.createPool({ ...managersPool, size, minSize })
  }

  /** The pools of a lab and what its guests' disks have written so far. */
  #fill(): void {
    const { rules, guestCount, parameters } = this.#with
    const common = { ...rules, autoscale: 'on', quotaBytes: 0 } as const
    this.createPool({ ...common, ...managersPool })
    const diskBytes = this.osdMap.osds.reduce((sum, osd) => sum + osd.diskGiB, 0) * 1024 ** 3
    const room = (diskBytes * parameters.cephFilledAtStart) / rules.size / guestObjectBytes
    const objects = Math.floor(Math.min(guestCount * parameters.cephObjectsPerGuest, room))
    const filled = (objects * guestObjectBytes * rules.size) / diskBytes
    this.createPool({
      ...common,
      name: guestPoolName,
      application: 'rbd',
      pgNum: this.#autoscaled(parameters.pgCount - 1, filled),
    })
    this.data.write(this.#lastPoolId, objects, guestObjectBytes)
    this.data.setDirtyRate(guestCount * parameters.cephDirtyPerMinute)
  }

  /** The autoscaler wants a share of groups per OSD by what a pool fills, and acts where that is far from what it has. */
  #autoscaled(groups: number, filled: number): number {
    const { rules, parameters } = this.#with
    const wanted = (this.osdMap.osds.length * parameters.pgPerOsd * filled) / rules.size
    const powerOfTwo = 2 ** Math.round(Math.log2(Math.max(1, wanted)))
    return powerOfTwo > groups * parameters.pgAutoscaleFactor ? powerOfTwo : groups
  }

  /** `known`: what was found for the same OSDs a moment ago, by their ids: most nodes reach the same ones. */
  #worksFrom(node: string, known: Map<string, boolean>): boolean {
    const { osds, flags } = this.osdMap
    if (flags.has('pausewr') || osds.some(({ fullness, in: isIn }) => isIn && fullness === 'full'))
      return false
    const reached = new Set<number>()
    for (const { id, process, node: host } of osds)
      if (process === 'serving' && this.#with.reaches(node, host)) reached.add(id)
    const ids = [...reached].join()
    const works =
      known.get(ids) ?? this.data.isServed(reached, new Set(this.guestPools.map(({ id: pool }) => pool)))
    known.set(ids, works)
    return works
  }

  #refreshIo(): void {
    let changed = false
    const known = new Map<string, boolean>()
    for (const node of this.#with.nodes) {
      const answers = this.#worksFrom(node, known)
      if (this.#answering.get(node) === answers) continue
      this.#answering.set(node, answers)
      changed = true
    }
    if (!changed) return
    this.#answersVersion += 1
    this.#with.ioChanged()
  }

  #quorumChanged(): void {
    const { lastOutage } = this.monitors
    const isBack = lastOutage?.toMs === this.nowMs
    const longMs = this.#with.parameters.slowOpSeconds * 1000
    if (isBack && lastOutage.toMs - lastOutage.fromMs > longMs) this.osdMap.forgetReports()
    this.osdMap.flush()
    this.osdMap.reconsider()
    this.managers.quorumChanged()
    this.clocks.quorumChanged()
    this.#refreshHealth()
    this.statistics.managerChanged()
    // Requests that waited for the quorum show as slow for a while.
    if (isBack) this.statistics.lookAt(this.nowMs + 1000)
    // A guest that waits to open its disk may go on.
    this.#with.ioChanged()
  }

  #managerChanged(): void {
    this.#createManagersPool()
    this.statistics.managerChanged()
    this.#refreshHealth()
  }

  #mapChanged(osd: Osd | undefined): void {
    if (osd === undefined) this.data.replan()
    else {
      this.#with.mapChanges?.()
      this.data.mapChanged(osd)
      this.writes.beginEpoch()
      this.#createManagersPool()
    }
    this.#refreshHealth()
  }

  /** The kernel kills who has to go, if anybody. */
  obeyMemoryLimits(): void {
    for (const [node, limitMiB] of this.#memoryLimits) {
      const osds = this.osdMap.osdsOn(node).filter(({ process }) => process !== 'none')
      const isRecovering = osds.some((osd) => this.data.recovery.fills(osd))
      const isUsed = this.clientLoad !== undefined || this.#with.isUsed?.() === true
      const activity = isRecovering ? 'recovery' : isUsed ? 'load' : 'idle'
      const daemons = { hasManager: this.managers.isRunning(node), osds: osds.length, activity } as const
      const victim = killedForMemory(daemons, limitMiB, this.#with.parameters)
      if (victim === undefined) continue
      this.#with.log(
        node,
        'kernel',
        'err',
        `Out of memory: Killed process (ceph-${victim === 'osd' ? 'osd' : 'mgr'})`,
      )
      if (victim === 'manager') this.managers.stop(node, false)
      else for (const osd of osds) this.osdMap.stopOsd(osd.id, 'killed')
      this.#refreshIo()
      this.#with.killedForMemory?.(node, victim)
    }
  }

  #dataChanged(): void {
    if (!this.#isBuilt) return
    this.writes.noteProgress()
    this.obeyMemoryLimits()
    this.#refreshIo()
    this.statistics.changed()
  }

  /** Answers when the next limit of time will have passed. */
  #digested(heard: ReadonlySet<Osd>): number | undefined {
    for (const osd of heard) this.#noteFullness(osd)
    this.#refreshHealth()
    const stuckMs = this.#with.parameters.pgStuck * 1000
    const groups = this.statistics.reported
    const stuck = nextStuckMs({ groups, nowMs: this.nowMs, stuckMs })
    const slow = this.#nextSlowMs()
    return stuck === undefined ? slow : Math.min(stuck, slow ?? stuck)
  }

  /** Slow requests grow older in every report. */
  #nextSlowMs(): number | undefined {
    const { slowOpSeconds, osdStatsPeriod } = this.#with.parameters
    const nowMs = this.nowMs
    if (this.#checks.some(({ code }) => code === 'SLOW_OPS')) return nowMs + osdStatsPeriod * 1000
    const waiting = [
      this.osdMap.reportsWaitingSinceMs,
      ...this.statistics.reported.map(({ laggySinceMs }) => laggySinceMs),
    ].filter((sinceMs) => sinceMs !== undefined)
    if (waiting.length > 0) return Math.max(nowMs + 1000, Math.min(...waiting) + slowOpSeconds * 1000)
    return this.osdMap.osds.some(({ silentSinceMs }) => silentSinceMs !== undefined)
      ? nowMs + osdStatsPeriod * 1000
      : undefined
  }

  #noteFullness(osd: Osd): void {
    const { parameters } = this.#with
    const fullness = fullnessOf(usageOf(osd, this.data, parameters), this.settings.thresholds)
    if (fullness !== osd.fullness) this.osdMap.setFullness(osd, fullness)
  }

  #refreshHealth(): void {
    const { leader } = this.monitors
    if (leader === undefined) return
    const checks = inOrder(currentChecks(this, leader, this.#with.parameters))
    for (const { level, message } of healthLines(this.#checks, checks))
      this.#with.log(leader, 'ceph', level, `cluster [${level}] ${message}`)
    this.#checks = checks
  }
}
