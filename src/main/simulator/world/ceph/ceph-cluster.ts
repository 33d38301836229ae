import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import { type HealthStatus, healthChecks, healthLines, healthStatus } from './ceph-health.ts'
import { CephManagers } from './ceph-managers.ts'
import { CephMonitors } from './ceph-monitors.ts'
import type { CephReport } from './ceph-report.ts'
import { type Osd, OsdMap } from './osd-map.ts'
import { PlacedData } from './placed-data.ts'
import type { PoolRules } from './placement.ts'

interface Surroundings {
  /** Nodes with a Ceph disk, each with a monitor, a manager and an OSD. */
  readonly nodes: readonly string[]
  readonly rules: PoolRules
  readonly guestCount: number
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** Both machines have power and a path between them over the cluster network. */
  reaches(from: string, to: string): boolean
  log(node: string, source: string, level: string, message: string): void
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

/** The Ceph cluster of a lab: monitors, managers, OSDs and the guests' data, put together. */
export class CephCluster {
  readonly #with: Surroundings
  readonly monitors: CephMonitors
  readonly managers: CephManagers
  readonly osdMap: OsdMap
  readonly data: PlacedData
  readonly #answering = new Map<string, boolean>()
  #checks: ReadonlyMap<string, string> = new Map()
  #cancelReport: (() => void) | undefined

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { nodes, scheduler, random, parameters, reaches } = surroundings
    const log = (node: string, level: string, message: string) =>
      surroundings.log(node, 'ceph', level, `cluster [${level}] ${message}`)
    const shared = { nodes, scheduler, parameters, reaches, log }
    this.monitors = new CephMonitors({
      ...shared,
      random: random.fork('monitors'),
      quorumChanged: () => this.#quorumChanged(),
    })
    const { monitors } = this
    this.managers = new CephManagers({
      ...shared,
      random: random.fork('managers'),
      monitors,
      activeChanged: () => this.#reportLater(),
    })
    this.osdMap = new OsdMap({
      ...shared,
      random: random.fork('osds'),
      monitors,
      mapChanged: (osd) => this.#mapChanged(osd),
    })
    this.data = new PlacedData({
      osds: this.osdMap.osds,
      rules: surroundings.rules,
      guestCount: surroundings.guestCount,
      scheduler,
      random: random.fork('data'),
      parameters,
      changed: () => this.#dataChanged(),
    })
  }

  has(node: string): boolean {
    return this.#with.nodes.includes(node)
  }

  /** The node answers, but its daemons do not run yet. */
  kernelStarted(node: string): void {
    if (this.has(node)) this.osdMap.kernelStarted(node)
  }

  /** The node's daemons start; `slowdown` times slower than on a fast machine. */
  start(node: string, slowdown: number): void {
    if (!this.has(node)) return
    this.monitors.start(node, slowdown)
    this.managers.start(node)
    this.osdMap.start(node, slowdown)
    this.#refreshIo()
  }

  stop(node: string, how: 'lost' | 'orderly'): void {
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
    this.osdMap.reconsider()
    this.#refreshIo()
  }

  /** Reads and writes of a guest on that node are answered now. No monitor is needed for that. */
  diskAnswers(node: string): boolean {
    return this.#with.nodes.length === 0 || (this.#answering.get(node) ?? this.#worksFrom(node))
  }

  /** A disk can be opened anew from that node. */
  diskOpens(node: string): boolean {
    if (this.#with.nodes.length === 0) return true
    const { leader } = this.monitors
    return leader !== undefined && this.#with.reaches(node, leader) && this.diskAnswers(node)
  }

  /** As `ceph -s` asked on that node; what the manager reports may be old. */
  summary(node: string): CephSummary {
    if (this.#with.nodes.length === 0) return noCeph
    const { leader } = this.monitors
    const { reported } = this.data
    const osds = this.osdMap.osds
    const heard = leader !== undefined && this.#with.reaches(node, leader)
    return {
      health: heard ? healthStatus(this.#checks) : 'unknown',
      placementGroups: reported.groups,
      activeClean: heard ? reported.activeClean : 0,
      osdsUp: osds.filter((osd) => osd.up).length,
      osds: osds.length,
    }
  }

  /** What the monitors tell a client on that node; nothing while none that is in a quorum hears it. */
  report(node: string): CephReport | undefined {
    const { leader, quorum } = this.monitors
    if (leader === undefined || !this.#with.reaches(node, leader)) return undefined
    const { reported } = this.data
    const { nodes, rules, parameters } = this.#with
    const dataKiB = Math.round((reported.objects / Math.max(1, nodes.length)) * 4096)
    const active = this.managers.active
    return {
      fsid: 'f0e1d2c3-0000-4000-8000-00000000ceb4',
      nowMs: this.#with.scheduler.nowMs(),
      createdMs: 0,
      health: {
        status: healthStatus(this.#checks),
        checks: [...this.#checks].map(([code, summary]) => ({
          code,
          severity: 'HEALTH_WARN',
          summary,
          count: 1,
          detail: [],
        })),
        mutes: [],
      },
      monitors: { names: nodes, quorum, electionEpoch: 4, quorumSinceMs: 0 },
      managers: {
        epoch: 4,
        active,
        available: active !== undefined,
        standbys: active === undefined ? [] : nodes.filter((name) => name !== active),
        sinceMs: 0,
      },
      osdMap: { epoch: 18, upSinceMs: 0, inSinceMs: 0, flags: [] },
      osds: this.osdMap.osds.map((osd) => ({
        id: osd.id,
        host: osd.node,
        up: osd.up,
        reweight: osd.in ? 1 : 0,
        diskGiB: 25,
        usage: { totalKiB: 25 * 1024 * 1024, dataKiB, metaKiB: 297_088 },
        groups: parameters.pgCount,
      })),
      pools: [],
      groups: {
        ready: true,
        states: [{ name: 'active+clean', count: reported.activeClean }],
        groups: reported.groups,
        inactive: 0,
        unknown: 0,
        remapped: 0,
        objects: reported.objects / rules.size,
        dataBytes: (reported.objects / rules.size) * 4 * 1024 * 1024,
        copies: reported.objects,
        degradedCopies: reported.degradedObjects,
        misplacedCopies: 0,
        recovery: undefined,
        progress: undefined,
        client: undefined,
      },
      clockSkew: [],
    }
  }

  /** Carries out a change that a command asks for; nothing if it is none. */
  change(_argv: readonly string[]): undefined {
    return undefined
  }

  #worksFrom(node: string): boolean {
    return this.data.isServed((osd) => osd.process === 'serving' && this.#with.reaches(node, osd.node))
  }

  #refreshIo(): void {
    let changed = false
    for (const node of this.#with.nodes) {
      const answers = this.#worksFrom(node)
      if (this.#answering.get(node) === answers) continue
      this.#answering.set(node, answers)
      changed = true
    }
    if (changed) this.#with.ioChanged()
  }

  #quorumChanged(): void {
    this.osdMap.flush()
    this.osdMap.reconsider()
    this.managers.quorumChanged()
    this.#refreshHealth()
    // A guest that waits to open its disk may go on.
    this.#with.ioChanged()
  }

  #mapChanged(osd: Osd): void {
    this.data.mapChanged(osd)
    this.#refreshHealth()
  }

  #dataChanged(): void {
    this.#refreshIo()
    this.#reportLater()
  }

  /** The manager's view follows some seconds behind, and not at all while there is no manager. */
  #reportLater(): void {
    if (this.#cancelReport !== undefined) return
    const { scheduler, random, parameters } = this.#with
    this.#cancelReport = scheduler.at(
      scheduler.nowMs() + millisecondsIn(parameters.pgStatsDelay, random),
      () => {
        this.#cancelReport = undefined
        if (this.managers.active === undefined) return
        const nextLookMs = this.data.report()
        this.#refreshHealth()
        if (nextLookMs !== undefined) scheduler.at(nextLookMs, () => this.#reportLater())
      },
    )
  }

  #refreshHealth(): void {
    const { quorum, leader } = this.monitors
    if (leader === undefined) return
    const checks = healthChecks({
      monitorNodes: this.#with.nodes,
      quorum,
      isManagerMissing: this.managers.isMissing,
      osds: this.osdMap.osds,
      stats: this.data.reported,
    })
    for (const { level, message } of healthLines(this.#checks, checks))
      this.#with.log(leader, 'ceph', level, `cluster [${level}] ${message}`)
    this.#checks = checks
  }
}
