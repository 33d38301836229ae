import assert from 'node:assert'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import type { WorldParameters } from '../parameters.ts'
import { osdAddresses } from './addresses.ts'
import type { CephMonitors } from './ceph-monitors.ts'
import type { OsdFlag } from './cluster-settings.ts'
import { DownOut } from './down-out.ts'
import { MapChanges } from './map-changes.ts'
import { type Fullness, newOsd, type Osd, type OsdEnd } from './osd.ts'
import { OsdReports } from './osd-reports.ts'

interface Surroundings {
  /** All of the lab. */
  readonly nodes: readonly string[]
  /** A host for each OSD, in the order of their ids. */
  readonly hosts: readonly { readonly node: string; readonly diskGiB: number }[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly monitors: CephMonitors
  reaches(from: string, to: string): boolean
  /** Heartbeats of that node's OSDs get lost at the moment. */
  areMissed(node: string): boolean
  log(node: string, level: string, message: string): void
  /** `osd` went up or down, in or out, with the map just published; without one, flags changed. */
  mapChanged(osd: Osd | undefined): void
  /** Peers begin to miss an OSD. */
  suspected(): void
  /** The process of an OSD ended, whether its peers know it or not. */
  processEnded(): void
  /** Data may be placed on an OSD from now on, or never again. */
  crushChanged(osd: Osd): void
}

/** Which OSDs are up and in: found out by their peers, published by a whole quorum of monitors. */
export class OsdMap {
  /** By id; some may be absent. */
  readonly osds: readonly Osd[]
  readonly #slots: Osd[]
  readonly flags = new Set<OsdFlag>()
  readonly #with: Surroundings
  readonly #reports: OsdReports
  readonly #downOut: DownOut
  readonly #changes: MapChanges
  /** They have started while `noup` was set, and try again once it is not. */
  readonly #refused = new Set<Osd>()
  #epoch = 1
  #upSinceMs = 0
  #inSinceMs = 0
  #markedIn: { readonly osd: number; readonly atMs: number } | undefined

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { hosts, scheduler, random, parameters, monitors, reaches, areMissed, suspected } = surroundings
    const [least, most] = parameters.osdDownOut
    const tickPhaseMs = random.fraction() * (most - least) * 1000
    this.#slots = hosts.map(({ node, diskGiB }, id) => newOsd(id, node, diskGiB))
    this.osds = this.#slots
    const { osds } = this
    this.#changes = new MapChanges(monitors)
    this.#reports = new OsdReports({
      osds,
      scheduler,
      random,
      parameters,
      monitors,
      reaches,
      areMissed,
      suspected,
      isDown: (osd, isProven, why) => this.#markDown(osd, isProven, why),
      hasBooted: (osd) => this.#changes.add(() => this.#comeUp(osd)),
    })
    this.#downOut = new DownOut({
      osds,
      scheduler,
      parameters,
      tickPhaseMs,
      markOut: (osd) => this.#changes.add(() => this.#markOut(osd)),
    })
  }

  get epoch(): number {
    return this.#epoch
  }

  /** When an OSD last went up or down. */
  get upSinceMs(): number {
    return this.#upSinceMs
  }

  /** When an OSD last went in or out. */
  get inSinceMs(): number {
    return this.#inSinceMs
  }

  /** The OSD that was last marked in after having been out. */
  get markedIn(): { readonly osd: number; readonly atMs: number } | undefined {
    return this.#markedIn
  }

  /** Since when reports of silent OSDs wait for a second reporter; undefined if none does. */
  get reportsWaitingSinceMs(): number | undefined {
    return this.#reports.waitingSinceMs
  }

  /** Those that are there, by id. */
  get existing(): readonly Osd[] {
    return this.osds.filter(({ stage }) => stage !== 'absent')
  }

  osdsOn(node: string): readonly Osd[] {
    return this.osds.filter((osd) => osd.node === node && osd.stage !== 'absent')
  }

  /** A new one under the lowest free id, at once in (recorded); it becomes a member when it first comes up. */
  create(node: string, diskGiB: number): Osd {
    const free = this.osds.findIndex(({ stage }) => stage === 'absent')
    const osd = newOsd(free < 0 ? this.osds.length : free, node, diskGiB, 'new')
    osd.downSinceMs = this.#with.scheduler.nowMs()
    this.#slots[osd.id] = osd
    this.#changed(osd, 'in')
    return osd
  }

  /** Takes one that is down and out from the map for ever. What only it had is lost. */
  remove(id: number): void {
    const osd = this.#osd(id)
    this.#changes.add(() => {
      this.#reports.forget(osd)
      this.#downOut.forget(osd)
      Object.assign(osd, {
        stage: 'absent',
        up: false,
        in: false,
        deathProven: true,
        silentSinceMs: undefined,
      })
      osd.flags.clear()
      this.#with.crushChanged(osd)
      this.#changed(osd, 'in')
    })
  }

  /** `slowdown`: how many times longer the start takes on that node than on a fast one. */
  start(node: string, slowdown: number): void {
    for (const osd of this.osdsOn(node)) this.startOsd(osd.id, slowdown)
  }

  startOsd(id: number, slowdown: number): void {
    const osd = this.#osd(id)
    const [least, most] = this.#with.parameters.osdStart
    osd.process = 'starting'
    this.#reports.boot(osd, [least * slowdown, most * slowdown])
  }

  /** `lost`: power; `killed`: the process on a living node; `orderly`: it says goodbye. */
  stop(node: string, how: OsdEnd): void {
    for (const osd of this.osdsOn(node)) this.stopOsd(osd.id, how)
  }

  stopOsd(id: number, how: OsdEnd): void {
    const osd = this.#osd(id)
    if (osd.process === 'none') return
    osd.process = 'none'
    osd.end = how
    if (this.#reports.isBooting(osd)) this.#reports.forget(osd)
    if (how === 'killed') this.#reports.refuse(osd)
    if (how === 'orderly') this.#reports.sayGoodbye(osd)
    this.#with.processEnded()
    this.reconsider()
  }

  /** A frozen OSD goes on where it stood. */
  thawOsd(id: number): void {
    this.#osd(id).process = 'serving'
    this.reconsider()
  }

  /** A node's kernel is back before its OSDs: it refuses connections, which their peers report at once. */
  kernelStarted(node: string): void {
    for (const osd of this.osdsOn(node)) if (osd.up && osd.process === 'none') this.#reports.refuse(osd)
  }

  /** To be called whenever an OSD or a path between two may have come or gone. */
  reconsider(): void {
    this.#reports.reconsider()
  }

  /** The monitors may have become able to publish. */
  flush(): void {
    this.#changes.flush()
  }

  /** After a long time without quorum nothing is left of reports of dead OSDs: their peers make them anew. */
  forgetReports(): void {
    for (const osd of this.#changes.forgetKilled())
      if (osd.process === 'none') this.#reports.refuse(osd, this.#with.parameters.osdReportAgain)
  }

  /** An administrator takes it in or out, or gives it only a share of its groups. */
  setReweight(id: number, reweight: number): void {
    const osd = this.#osd(id)
    this.#changes.add(() => {
      if (reweight > 0 && !osd.in) this.#markedIn = { osd: id, atMs: this.#with.scheduler.nowMs() }
      osd.in = reweight > 0
      osd.reweight = reweight
      osd.autoOut = false
      this.#changed(osd, 'in')
    })
  }

  /** Of an OSD, or of all. */
  setFlags(changed: readonly OsdFlag[], isSet: boolean, id?: number): void {
    this.#changes.add(() => {
      const flags = id === undefined ? this.flags : this.#osd(id).flags
      for (const flag of changed)
        if (isSet) flags.add(flag)
        else flags.delete(flag)
      this.#epoch += 1
      this.#with.mapChanged(undefined)
      this.#bootRefused()
      if (changed.includes('nodown') && !isSet) this.#reports.missLongSilent(this.#downOut.tickMs)
      this.reconsider()
      this.#downOut.retry()
    })
  }

  setFullness(osd: Osd, fullness: Fullness): void {
    this.#changes.add(() => {
      osd.fullness = fullness
      this.#epoch += 1
      this.#with.mapChanged(undefined)
    })
  }

  /** Primaries of groups that have peered note it in the map. */
  notePeered(): void {
    if (this.#with.monitors.canCommit) this.#epoch += 1
  }

  #comeUp(osd: Osd): void {
    const { scheduler, log, crushChanged } = this.#with
    if (osd.process === 'none') return
    if (this.#forbids('noup', osd)) {
      this.#refused.add(osd)
      return
    }
    // An old instance that nobody missed goes down before the new one comes up.
    if (osd.up && osd.process === 'starting') {
      osd.up = false
      osd.downSinceMs = scheduler.nowMs()
      this.#changed(osd, 'up')
    }
    osd.process = 'serving'
    osd.up = true
    if (osd.stage === 'new') {
      osd.stage = 'member'
      crushChanged(osd)
    }
    osd.upSinceMs = scheduler.nowMs()
    osd.end = undefined
    osd.deathProven = false
    if (osd.autoOut && !this.#forbids('noin', osd)) {
      osd.in = true
      osd.autoOut = false
      this.#inSinceMs = scheduler.nowMs()
      this.#markedIn = { osd: osd.id, atMs: this.#inSinceMs }
    }
    this.#downOut.forget(osd)
    log(this.#leader, 'INF', `osd.${osd.id} ${this.#addressesOf(osd)} boot`)
    this.#changed(osd, 'up')
    this.#downOut.retryLater()
    this.reconsider()
  }

  #bootRefused(): void {
    for (const osd of this.#refused) {
      if (this.#forbids('noup', osd)) continue
      this.#refused.delete(osd)
      // Also one whose old instance the map still has up, maybe with reports of it on their way.
      if (osd.process === 'starting' && !this.#reports.isBooting(osd))
        this.#reports.boot(osd, this.#with.parameters.osdReannounce)
    }
  }

  #markDown(osd: Osd, isProven: boolean, why: string): void {
    this.#changes.add(() => {
      const mayGoDown = this.#share((other) => other.up) >= this.#with.parameters.osdMinUpRatio
      if (!osd.up || this.#reports.isHeard(osd) || !mayGoDown || this.#forbids('nodown', osd)) return
      osd.up = false
      osd.downSinceMs = this.#with.scheduler.nowMs()
      osd.deathProven = isProven
      this.#with.log(this.#leader, 'INF', `osd.${osd.id} ${why}`)
      this.#changed(osd, 'up')
      this.#downOut.wentDown(osd)
      this.reconsider()
    }, osd)
  }

  #changed(osd: Osd, what: 'up' | 'in'): void {
    this.#epoch += 1
    if (what === 'up') this.#upSinceMs = this.#with.scheduler.nowMs()
    else this.#inSinceMs = this.#with.scheduler.nowMs()
    this.#with.mapChanged(osd)
  }

  #addressesOf(osd: Osd): string {
    return osdAddresses(this.#with.nodes.indexOf(osd.node), this.osdsOn(osd.node).indexOf(osd))
  }

  #markOut(osd: Osd): void {
    const { parameters, log } = this.#with
    const mayGoOut = this.#share((other) => other.in) >= parameters.osdMinInRatio
    if (osd.up || !osd.in || !mayGoOut || this.#forbids('noout', osd)) return
    osd.in = false
    osd.autoOut = true
    this.#downOut.forget(osd)
    const seconds = Math.floor(parameters.osdDownOut[0])
    log(this.#leader, 'INF', `Marking osd.${osd.id} out (has been down for ${seconds} seconds)`)
    this.#changed(osd, 'in')
  }

  #forbids(flag: OsdFlag, osd: Osd): boolean {
    return this.flags.has(flag) || osd.flags.has(flag)
  }

  #share(has: (osd: Osd) => boolean): number {
    const { existing } = this
    return existing.filter(has).length / existing.length
  }

  get #leader(): string {
    const { leader } = this.#with.monitors
    assert(leader !== undefined)
    return leader
  }

  #osd(id: number): Osd {
    const osd = this.osds[id]
    assert(osd !== undefined, `no OSD ${id}`)
    return osd
  }
}
