import { type Path, perfectPath } from '../network.ts'
import type { WorldParameters } from '../parameters.ts'
import { fullnessOf, usageOf } from './capacity.ts'
import { CephManagers } from './ceph-managers.ts'
import { CephMonitors } from './ceph-monitors.ts'
import type { CephReport } from './ceph-report.ts'
import { changeCluster } from './cluster-changes.ts'
import { newClusterMs } from './cluster-health.ts'
import { ClusterPools } from './cluster-pools.ts'
import { clusterReport } from './cluster-report.ts'
import { type ClusterSettings, emptySettings } from './cluster-settings.ts'
import { type CephSummary, summaryOf } from './cluster-summary.ts'
import type { ClusterSurroundings } from './cluster-surroundings.ts'
import { DiskAnswers } from './disk-answers.ts'
import { GroupStatistics } from './group-statistics.ts'
import { HealthWatch } from './health-watch.ts'
import {
  heartbeatGraceMs,
  leaseGraceMs,
  secondsBetweenMissedHeartbeats,
  secondsBetweenMissedLeases,
} from './lossy-messages.ts'
import { MemoryLimits } from './memory-limits.ts'
import { MonitorClocks } from './monitor-clocks.ts'
import { writeDelaySeconds } from './network-pace.ts'
import type { Osd } from './osd.ts'
import { OsdMap } from './osd-map.ts'
import { PlacedData } from './placed-data.ts'
import { scrub } from './scrub.ts'
import { SilentMoments } from './silent-moments.ts'
import { WriteHistory } from './write-history.ts'

/** The Ceph cluster of a lab: monitors, managers, OSDs and the guests' data, put together. */
export class CephCluster {
  readonly #with: ClusterSurroundings
  readonly settings: ClusterSettings
  readonly monitors: CephMonitors
  readonly managers: CephManagers
  readonly osdMap: OsdMap
  readonly data: PlacedData
  /** Of the guests' pool. */
  readonly writes: WriteHistory
  readonly statistics: GroupStatistics
  readonly clocks: MonitorClocks
  readonly pools: ClusterPools
  readonly health: HealthWatch
  readonly disks: DiskAnswers
  readonly memory: MemoryLimits
  readonly #heartbeats: SilentMoments
  readonly #leases: SilentMoments
  #isBuilt = false
  #createdMs = 0

  constructor(surroundings: ClusterSurroundings) {
    this.#with = surroundings
    const { nodes, scheduler, random, parameters, reaches } = surroundings
    const log = (node: string, level: string, message: string) =>
      surroundings.log(node, 'ceph', level, `cluster [${level}] ${message}`)
    const daemonsOn = surroundings.daemonsOn ?? nodes
    const shared = { nodes, daemonsOn, scheduler, parameters, reaches, log }
    this.settings = emptySettings(surroundings.thresholds)
    this.health = new HealthWatch({
      cluster: this,
      random,
      log: (node, level, message) => log(node, level, message),
    })
    this.monitors = new CephMonitors({
      ...shared,
      random: random.fork('monitors'),
      isSilent: (node) => this.#leases.isSilent(node),
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
      areMissed: (node) => this.#heartbeats.isSilent(node),
      mapChanged: (osd) => this.#mapChanged(osd),
      suspected: () => this.statistics.changed(),
      processEnded: () => this.data.recovery.pathsChanged(),
      crushChanged: (osd) => {
        this.data.crushChanged(osd)
        if (osd.stage === 'absent') this.writes.forget(osd.id)
      },
    })
    const { osds, flags } = this.osdMap
    this.#heartbeats = new SilentMoments({
      nodes: () => this.#osdHosts,
      scheduler,
      random: random.fork('heartbeats'),
      graceMs: heartbeatGraceMs,
      meanSecondsBetween: (node) =>
        secondsBetweenMissedHeartbeats(node, this.#osdHosts, this.#pathOf, parameters),
      changed: () => this.osdMap.reconsider(),
    })
    this.#leases = new SilentMoments({
      nodes: () => monitors.names,
      scheduler,
      random: random.fork('leases'),
      graceMs: leaseGraceMs,
      meanSecondsBetween: (node) =>
        secondsBetweenMissedLeases(node, monitors.leader, this.#pathOf, parameters),
      changed: () => monitors.reconsider(),
    })
    this.data = new PlacedData({
      pathOf: this.#pathOf,
      reaches,
      osds,
      settings,
      flags,
      scheduler,
      random: random.fork('data'),
      parameters,
      changed: () => this.#dataChanged(),
      completed: () => this.writes.noteProgress(),
      peered: () => this.osdMap.notePeered(),
    })
    const { data, osdMap, managers } = this
    this.pools = new ClusterPools({
      settings,
      osdMap,
      data,
      scheduler,
      random,
      parameters,
      guestCount: surroundings.guestCount,
      changed: () => this.health.refresh(),
      removed: (id) => this.statistics.forgetPool(id),
    })
    this.disks = new DiskAnswers({
      nodes,
      osdMap,
      data,
      guestPoolIds: () => this.pools.ofGuests.map(({ id }) => id),
      reaches,
      nowMs: () => scheduler.nowMs(),
      changed: () => surroundings.ioChanged(),
    })
    this.memory = new MemoryLimits({
      managers,
      osdMap,
      data,
      parameters,
      isUsed: () => surroundings.isUsed?.() === true,
      log: (node, message) => surroundings.log(node, 'kernel', 'err', message),
      killed: (node, victim) => {
        this.disks.reconsider()
        surroundings.killedForMemory?.(node, victim)
      },
    })
    this.writes = new WriteHistory({
      groups: () => this.pools.guestGroups,
      hasPeered: (group) => this.data.hasPeered(group),
    })
    this.statistics = new GroupStatistics({
      data,
      osds,
      managers,
      scheduler,
      random: random.fork('statistics'),
      parameters,
      isUsed: (group) => this.pools.isUsed(group),
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
      compared: () => this.health.refresh(),
    })
    this.pools.build(surroundings.rules)
    this.#isBuilt = true
  }

  readonly #pathOf = (from: string, to: string): Path => this.#with.pathOf?.(from, to) ?? perfectPath

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

  get parameters(): WorldParameters {
    return this.#with.parameters
  }

  has(node: string): boolean {
    return this.monitors.has(node) || this.managers.has(node) || this.osdMap.osdsOn(node).length > 0
  }

  createMonitor(node: string, slowdown: number): void {
    if (!this.exists) {
      this.#createdMs = this.nowMs
      this.#with.scheduler.at(this.nowMs + newClusterMs, () => this.health.refresh())
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
    this.disks.reconsider()
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
    this.#leases.reconsider()
    this.osdMap.reconsider()
    this.data.reconsider()
    this.disks.reconsider()
  }

  /** Reads and writes of a guest on that node are answered now. No monitor is needed for that. */
  diskAnswers(node: string): boolean {
    return !this.exists || this.disks.on(node)
  }

  /** What a write of a guest on that node takes longer than in a perfect network, in seconds. */
  writeDelaySeconds(node: string): number {
    return writeDelaySeconds(node, this.#osdHosts, this.#pathOf)
  }

  /** A disk can be opened anew from that node. */
  diskOpens(node: string): boolean {
    if (!this.exists) return true
    return this.#hearsLeader(node) && this.diskAnswers(node)
  }

  /** As `ceph -s` asked on that node; what the manager reports may be old. */
  summary(node: string): CephSummary {
    return summaryOf(this, this.#hearsLeader(node))
  }

  /** What the monitors tell a client on that node; nothing while none that would answer hears it. */
  report(node: string): CephReport | undefined {
    const { parameters } = this.#with
    const shownMs = parameters.cephRatesShown * 1000
    if (!this.monitors.answering().some((monitor) => this.#with.reaches(node, monitor))) return undefined
    return clusterReport({
      cluster: this,
      checks: this.health.checks,
      parameters,
      nowMs: this.nowMs,
      client: this.#with.clientLoad?.((host) => this.disks.answeredWithin(shownMs, host)),
    })
  }

  /** Carries out a change that a command asks for; nothing if it is none. */
  change(argv: readonly string[]): ReturnType<typeof changeCluster> {
    return changeCluster(this, argv)
  }

  /** An administrator has the groups of an OSD compared. */
  scrub(osd: Osd, isDeep: boolean): void {
    const { scheduler, parameters } = this.#with
    const log = (node: string, level: string, message: string) =>
      this.#with.log(node, 'ceph', 'debug', `cluster [${level}] ${message}`)
    scrub(osd, isDeep, { data: this.data, scheduler, parameters, log })
  }

  /** To be called after a change of the settings. */
  settingsChanged(): void {
    for (const osd of this.osdMap.osds) this.#noteFullness(osd)
    this.data.replan()
    this.health.refresh()
  }

  #hearsLeader(node: string): boolean {
    const { leader } = this.monitors
    return leader !== undefined && this.#with.reaches(node, leader)
  }

  #quorumChanged(): void {
    this.#leases.reconsider()
    const { lastOutage } = this.monitors
    const isBack = lastOutage?.toMs === this.nowMs
    const longMs = this.#with.parameters.slowOpSeconds * 1000
    if (isBack && lastOutage.toMs - lastOutage.fromMs > longMs) this.osdMap.forgetReports()
    this.osdMap.flush()
    this.osdMap.reconsider()
    this.managers.quorumChanged()
    this.clocks.quorumChanged()
    this.health.refresh()
    this.statistics.managerChanged()
    // Requests that waited for the quorum show as slow for a while.
    if (isBack) this.statistics.lookAt(this.nowMs + 1000)
    // A guest that waits to open its disk may go on.
    this.#with.ioChanged()
  }

  #managerChanged(): void {
    this.#createManagersPool()
    this.statistics.managerChanged()
    this.health.refresh()
  }

  #mapChanged(osd: Osd | undefined): void {
    if (osd === undefined) this.data.replan()
    else {
      this.#with.mapChanges?.()
      this.data.mapChanged(osd)
      this.writes.beginEpoch()
      this.#createManagersPool()
    }
    this.health.refresh()
  }

  #createManagersPool(): void {
    if (this.#isBuilt && this.managers.active !== undefined) this.pools.createManagers()
  }

  #dataChanged(): void {
    if (!this.#isBuilt) return
    this.memory.obey()
    this.disks.reconsider()
    this.statistics.changed()
  }

  /** Answers when the next limit of time will have passed. */
  #digested(heard: ReadonlySet<Osd>): number | undefined {
    for (const osd of heard) this.#noteFullness(osd)
    this.health.refresh()
    return this.health.nextLookMs()
  }

  #noteFullness(osd: Osd): void {
    const { parameters } = this.#with
    const fullness = fullnessOf(usageOf(osd, this.data, parameters), this.settings.thresholds)
    if (fullness !== osd.fullness) this.osdMap.setFullness(osd, fullness)
  }
}
