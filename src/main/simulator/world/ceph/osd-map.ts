import assert from 'node:assert'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type Range, type WorldParameters } from '../parameters.ts'
import type { CephMonitors } from './ceph-monitors.ts'
import type { OsdFlag } from './cluster-settings.ts'
import { type Fullness, newOsd, type Osd, type OsdEnd } from './osd.ts'

interface Surroundings {
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

/**
 * What will be announced of an OSD: that it is missing or gone, or that it has booted. `unreported`: it is
 * missing, but too few peers are left whose word would count.
 */
interface Announcement {
  readonly kind: 'missing' | 'unreported' | 'gone' | 'boot'
  readonly sinceMs: number
  readonly cancel: () => void
}

/** A change of the map that waits for monitors to agree on it. */
interface Change {
  readonly publish: () => void
  /** A report of its death, which those who sent it repeat after a long time without monitors. */
  readonly death: Osd | undefined
}

/** Which OSDs are up and in: found out by their peers, published by a whole quorum of monitors. */
export class OsdMap {
  /** By id; some may be absent. */
  readonly osds: readonly Osd[]
  readonly #slots: Osd[]
  readonly flags = new Set<OsdFlag>()
  readonly #with: Surroundings
  readonly #announcements = new Map<Osd, Announcement>()
  readonly #outDue = new Set<Osd>()
  /** They have started while `noup` was set, and try again once it is not. */
  readonly #refused = new Set<Osd>()
  #waiting: Change[] = []
  readonly #tickPhaseMs: number
  #epoch = 1
  #upSinceMs = 0
  #inSinceMs = 0
  #markedInMs = Number.NEGATIVE_INFINITY

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const [least, most] = surroundings.parameters.osdDownOut
    this.#tickPhaseMs = surroundings.random.fraction() * (most - least) * 1000
    this.#slots = surroundings.hosts.map(({ node, diskGiB }, id) => newOsd(id, node, diskGiB))
    this.osds = this.#slots
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

  /** When an OSD was last marked in after having been out. */
  get markedInMs(): number {
    return this.#markedInMs
  }

  /** Since when reports of silent OSDs wait for a second reporter; undefined if none does. */
  get reportsWaitingSinceMs(): number | undefined {
    const since = [...this.#announcements]
      .filter(([osd, { kind }]) => kind === 'unreported' && this.#reporters(osd).length > 0)
      .map(([, { sinceMs }]) => sinceMs)
    return since.length === 0 ? undefined : Math.min(...since)
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
    this.#publish(() => {
      this.#forget(osd)
      this.#outDue.delete(osd)
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
    this.#boot(osd, [least * slowdown, most * slowdown])
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
    if (this.#announcements.get(osd)?.kind === 'boot') this.#forget(osd)
    if (how === 'killed') this.#refuse(osd)
    if (how === 'orderly') this.#sayGoodbye(osd)
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
    for (const osd of this.osdsOn(node)) if (osd.up && osd.process === 'none') this.#refuse(osd)
  }

  /** To be called whenever an OSD or a path between two may have come or gone. */
  reconsider(): void {
    for (const osd of this.osds) {
      const announced = this.#announcements.get(osd)
      const isHeard = this.#isHeard(osd)
      if (isHeard || !osd.up) osd.silentSinceMs = undefined
      const isSuspected = announced?.kind === 'missing' || announced?.kind === 'unreported'
      // What peers still had to say of one that is down by now keeps nobody from coming up.
      if (isSuspected && (isHeard || !osd.up)) this.#forget(osd)
      if (osd.up && !isHeard && announced === undefined) this.#suspect(osd)
      // A peer that came back finds it missing after a grace of its own.
      if (osd.up && announced?.kind === 'unreported' && this.#reporters(osd).length >= 2) this.#suspect(osd)
      if (!osd.up && isHeard && !this.#announcements.has(osd))
        this.#boot(osd, this.#with.parameters.osdReannounce)
    }
  }

  /** The monitors may have become able to publish. */
  flush(): void {
    while (this.#with.monitors.canCommit) {
      const change = this.#waiting.shift()
      if (change === undefined) return
      change.publish()
    }
  }

  /** After a long time without quorum nothing is left of reports of dead OSDs: their peers make them anew. */
  forgetReports(): void {
    const { osdReportAgain } = this.#with.parameters
    const forgotten = this.#waiting.filter(({ death }) => death?.end === 'killed')
    this.#waiting = this.#waiting.filter((change) => !forgotten.includes(change))
    for (const { death } of forgotten) if (death?.process === 'none') this.#refuse(death, osdReportAgain)
  }

  /** An administrator takes it in or out, or gives it only a share of its groups. */
  setReweight(id: number, reweight: number): void {
    const osd = this.#osd(id)
    this.#publish(() => {
      if (reweight > 0 && !osd.in) this.#markedInMs = this.#with.scheduler.nowMs()
      osd.in = reweight > 0
      osd.reweight = reweight
      osd.autoOut = false
      this.#changed(osd, 'in')
    })
  }

  setFlag(flag: OsdFlag, isSet: boolean, id?: number): void {
    this.#publish(() => {
      const flags = id === undefined ? this.flags : this.#osd(id).flags
      if (isSet) flags.add(flag)
      else flags.delete(flag)
      this.#epoch += 1
      this.#with.mapChanged(undefined)
      this.#bootRefused()
      if (flag === 'nodown' && !isSet) this.#missLongSilent()
      this.reconsider()
      this.#markOut()
    })
  }

  setFullness(osd: Osd, fullness: Fullness): void {
    this.#publish(() => {
      osd.fullness = fullness
      this.#epoch += 1
      this.#with.mapChanged(undefined)
    })
  }

  /** Primaries of groups that have peered note it in the map. */
  notePeered(): void {
    if (this.#with.monitors.canCommit) this.#epoch += 1
  }

  #suspect(osd: Osd): void {
    const { parameters, scheduler } = this.#with
    osd.silentSinceMs ??= scheduler.nowMs()
    this.#with.suspected()
    this.#announce(osd, 'missing', parameters.osdHeartbeatGrace, () => {
      if (this.#reporters(osd).length >= 2) {
        this.#fail(osd)
        return
      }
      // Only the missing beacon tells.
      this.#announce(osd, 'unreported', parameters.osdBeaconTimeout, () =>
        this.#markDown(osd, false, 'marked down after no beacon'),
      )
    })
  }

  /** The monitors have kept the reports of OSDs that might not go down, and look at them at their next tick. */
  #missLongSilent(): void {
    const { scheduler, parameters } = this.#with
    const longAgoMs = scheduler.nowMs() - parameters.osdHeartbeatGrace[1] * 1000
    const [least, most] = parameters.osdDownOut
    for (const osd of this.osds) {
      const isMissed = osd.up && !this.#isHeard(osd) && !this.#announcements.has(osd)
      if (!isMissed || (osd.silentSinceMs ?? Number.POSITIVE_INFINITY) > longAgoMs) continue
      if (this.#reporters(osd).length >= 2)
        this.#announce(osd, 'missing', [0, most - least], () => this.#fail(osd))
    }
  }

  #fail(osd: Osd): void {
    this.#markDown(osd, false, `failed (root=default,host=${osd.node}) (2 reporters from different host)`)
  }

  #refuse(osd: Osd, delay: Range = this.#with.parameters.osdRefused): void {
    osd.silentSinceMs ??= this.#with.scheduler.nowMs()
    this.#with.suspected()
    this.#announce(osd, 'gone', delay, () => {
      const reporter = this.osds.find((peer) => peer !== osd && peer.up && this.#isHeard(peer))
      if (reporter === undefined) this.reconsider()
      else
        this.#markDown(
          osd,
          true,
          `failed (root=default,host=${osd.node}) (connection refused reported by osd.${reporter.id})`,
        )
    })
  }

  #sayGoodbye(osd: Osd): void {
    const { osdGoodbye } = this.#with.parameters
    this.#announce(osd, 'gone', [osdGoodbye, osdGoodbye], () =>
      this.#markDown(osd, true, 'marked itself down and dead'),
    )
  }

  #boot(osd: Osd, delay: Range): void {
    this.#announce(osd, 'boot', delay, () =>
      this.#publish(() => {
        if (osd.process === 'none') return
        if (this.#forbids('noup', osd)) {
          this.#refused.add(osd)
          return
        }
        // An old instance that nobody missed goes down before the new one comes up.
        if (osd.up && osd.process === 'starting') {
          osd.up = false
          osd.downSinceMs = this.#with.scheduler.nowMs()
          this.#changed(osd, 'up')
        }
        osd.process = 'serving'
        osd.up = true
        if (osd.stage === 'new') {
          osd.stage = 'member'
          this.#with.crushChanged(osd)
        }
        osd.upSinceMs = this.#with.scheduler.nowMs()
        osd.end = undefined
        osd.deathProven = false
        if (osd.autoOut && !this.#forbids('noin', osd)) {
          osd.in = true
          osd.autoOut = false
          this.#inSinceMs = this.#with.scheduler.nowMs()
          this.#markedInMs = this.#inSinceMs
        }
        this.#outDue.delete(osd)
        this.#with.log(this.#leader, 'INF', `osd.${osd.id} boot`)
        this.#changed(osd, 'up')
        this.#markOutAgain()
        this.reconsider()
      }),
    )
  }

  #bootRefused(): void {
    for (const osd of this.#refused) {
      if (this.#forbids('noup', osd)) continue
      this.#refused.delete(osd)
      // Also one whose old instance the map still has up, maybe with reports of it on their way.
      const isBooting = this.#announcements.get(osd)?.kind === 'boot'
      if (osd.process === 'starting' && !isBooting) this.#boot(osd, this.#with.parameters.osdReannounce)
    }
  }

  #markDown(osd: Osd, isProven: boolean, why: string): void {
    this.#publish(() => {
      const mayGoDown = this.#share((other) => other.up) >= this.#with.parameters.osdMinUpRatio
      if (!osd.up || this.#isHeard(osd) || !mayGoDown || this.#forbids('nodown', osd)) return
      osd.up = false
      osd.downSinceMs = this.#with.scheduler.nowMs()
      osd.deathProven = isProven
      this.#with.log(this.#leader, 'INF', `osd.${osd.id} ${why}`)
      this.#changed(osd, 'up')
      this.#outLater(osd)
      this.reconsider()
    }, osd)
  }

  #changed(osd: Osd, what: 'up' | 'in'): void {
    this.#epoch += 1
    if (what === 'up') this.#upSinceMs = this.#with.scheduler.nowMs()
    else this.#inSinceMs = this.#with.scheduler.nowMs()
    this.#with.mapChanged(osd)
  }

  /** Serves, and its peers and the monitors know. */
  #isHeard(osd: Osd): boolean {
    const anchor = this.#anchor
    const { reaches, areMissed } = this.#with
    return (
      osd.process === 'serving' && anchor !== undefined && reaches(osd.node, anchor) && !areMissed(osd.node)
    )
  }

  /** Hosts with other OSDs that can tell the monitors about this one. */
  #reporters(osd: Osd): string[] {
    const peers = this.osds.filter((peer) => peer !== osd && peer.up && this.#isHeard(peer))
    return [...new Set(peers.map(({ node }) => node))]
  }

  /** A monitor of the largest group: who reaches it belongs to the living part of the cluster. */
  get #anchor(): string | undefined {
    return this.#with.monitors.leader ?? this.#with.monitors.present()[0]
  }

  /** Monitors look at their ticks who has been down for too long, all OSDs at the same one. */
  #outLater(osd: Osd): void {
    const { scheduler, parameters } = this.#with
    const { downSinceMs } = osd
    const [least, most] = parameters.osdDownOut
    const tickMs = (most - least) * 1000
    const dueMs = downSinceMs + least * 1000
    const ticks = Math.ceil((dueMs - this.#tickPhaseMs) / tickMs)
    scheduler.at(Math.round(this.#tickPhaseMs + ticks * tickMs), () => {
      if (osd.up || osd.downSinceMs !== downSinceMs) return
      const longAgoMs = scheduler.nowMs() - least * 1000
      for (const other of this.osds)
        if (!other.up && other.in && other.downSinceMs <= longAgoMs) this.#outDue.add(other)
      this.#markOut()
    })
  }

  /** What was refused because too few would have stayed in is tried anew a whole interval later. */
  #markOutAgain(): void {
    if (this.#outDue.size === 0) return
    const { scheduler, parameters } = this.#with
    scheduler.at(scheduler.nowMs() + parameters.osdDownOut[0] * 1000, () => this.#markOut())
  }

  #markOut(): void {
    for (const osd of this.#outDue)
      this.#publish(() => {
        const mayGoOut = this.#share((other) => other.in) >= this.#with.parameters.osdMinInRatio
        if (osd.up || !osd.in || !mayGoOut || this.#forbids('noout', osd)) return
        osd.in = false
        osd.autoOut = true
        this.#outDue.delete(osd)
        const seconds = Math.floor(this.#with.parameters.osdDownOut[0])
        const message = `Marking osd.${osd.id} out (has been down for ${seconds} seconds)`
        this.#with.log(this.#leader, 'INF', message)
        this.#changed(osd, 'in')
      })
  }

  #forbids(flag: OsdFlag, osd: Osd): boolean {
    return this.flags.has(flag) || osd.flags.has(flag)
  }

  #share(has: (osd: Osd) => boolean): number {
    const { existing } = this
    return existing.filter(has).length / existing.length
  }

  /** One announcement at a time is on its way for an OSD; a newer one replaces it. */
  #announce(osd: Osd, kind: Announcement['kind'], delay: Range, action: () => void): void {
    this.#forget(osd)
    const { scheduler, random } = this.#with
    const cancel = scheduler.at(scheduler.nowMs() + millisecondsIn(delay, random), () => {
      this.#announcements.delete(osd)
      action()
    })
    this.#announcements.set(osd, { kind, sinceMs: scheduler.nowMs(), cancel })
  }

  #forget(osd: Osd): void {
    this.#announcements.get(osd)?.cancel()
    this.#announcements.delete(osd)
  }

  #publish(publish: () => void, death?: Osd): void {
    this.#waiting.push({ publish, death })
    this.flush()
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
