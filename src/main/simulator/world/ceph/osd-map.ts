import assert from 'node:assert'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type Range, type WorldParameters } from '../parameters.ts'
import type { CephMonitors } from './ceph-monitors.ts'

/** An OSD: its process, and what the published map says of it. */
export interface Osd {
  readonly id: number
  readonly node: string
  /** `starting`: not yet announced to the monitors. */
  process: 'none' | 'starting' | 'serving'
  up: boolean
  in: boolean
  /** The monitors took it out, so they take it in again when it is back. */
  autoOut: boolean
  downSinceMs: number
}

interface Surroundings {
  readonly nodes: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly monitors: CephMonitors
  reaches(from: string, to: string): boolean
  log(node: string, level: string, message: string): void
  /** `osd` went up or down, in or out, with the map just published. */
  mapChanged(osd: Osd): void
}

/**
 * What will be announced of an OSD: that it is missing or gone, or that it has booted. `unreported`: it is
 * missing, but too few peers are left whose word would count.
 */
interface Announcement {
  readonly kind: 'missing' | 'unreported' | 'gone' | 'boot'
  readonly cancel: () => void
}

/** Which OSDs are up and in: found out by their peers, published by a whole quorum of monitors. */
export class OsdMap {
  readonly osds: readonly Osd[]
  readonly #with: Surroundings
  readonly #announcements = new Map<Osd, Announcement>()
  readonly #outDue = new Set<Osd>()
  #waiting: (() => void)[] = []

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.osds = surroundings.nodes.map((node, id) => ({
      id,
      node,
      process: 'none' as const,
      up: false,
      in: true,
      autoOut: false,
      downSinceMs: 0,
    }))
  }

  osdOn(node: string): Osd | undefined {
    return this.osds.find((osd) => osd.node === node)
  }

  /** `slowdown`: how many times longer the start takes on that node than on a fast one. */
  start(node: string, slowdown: number): void {
    const osd = this.#osd(node)
    const [least, most] = this.#with.parameters.osdStart
    osd.process = 'starting'
    this.#boot(osd, [least * slowdown, most * slowdown])
  }

  /** `lost`: power; `killed`: the process on a living node; `orderly`: it says goodbye. */
  stop(node: string, how: 'lost' | 'killed' | 'orderly'): void {
    const osd = this.#osd(node)
    if (osd.process === 'none') return
    osd.process = 'none'
    if (this.#announcements.get(osd)?.kind === 'boot') this.#forget(osd)
    if (how === 'killed') this.#refuse(osd)
    if (how === 'orderly') this.#sayGoodbye(osd)
    this.reconsider()
  }

  /** A node's kernel is back before its OSD: it refuses connections, which its peers report at once. */
  kernelStarted(node: string): void {
    const osd = this.#osd(node)
    if (osd.up && osd.process === 'none') this.#refuse(osd)
  }

  /** To be called whenever an OSD or a path between two may have come or gone. */
  reconsider(): void {
    for (const osd of this.osds) {
      const announced = this.#announcements.get(osd)
      const isHeard = this.#isHeard(osd)
      const isSuspected = announced?.kind === 'missing' || announced?.kind === 'unreported'
      if (osd.up && isHeard && isSuspected) this.#forget(osd)
      if (osd.up && !isHeard && announced === undefined) this.#suspect(osd)
      // A peer that came back finds it missing after a grace of its own.
      if (osd.up && announced?.kind === 'unreported' && this.#reporters(osd).length >= 2) this.#suspect(osd)
      if (!osd.up && isHeard && announced === undefined) this.#boot(osd, this.#with.parameters.osdReannounce)
    }
  }

  /** The monitors may have become able to publish. */
  flush(): void {
    while (this.#with.monitors.canCommit) {
      const publish = this.#waiting.shift()
      if (publish === undefined) return
      publish()
    }
  }

  #suspect(osd: Osd): void {
    const { parameters } = this.#with
    this.#announce(osd, 'missing', parameters.osdHeartbeatGrace, () => {
      if (this.#reporters(osd).length >= 2) {
        this.#markDown(osd, `failed (root=default,host=${osd.node}) (2 reporters from different host)`)
        return
      }
      // Only the missing beacon tells.
      this.#announce(osd, 'unreported', parameters.osdBeaconTimeout, () =>
        this.#markDown(osd, 'marked down after no beacon'),
      )
    })
  }

  #refuse(osd: Osd): void {
    this.#announce(osd, 'gone', this.#with.parameters.osdRefused, () => {
      const reporter = this.#reporters(osd)[0]
      if (reporter === undefined) this.reconsider()
      else
        this.#markDown(
          osd,
          `failed (root=default,host=${osd.node}) (connection refused reported by osd.${reporter.id})`,
        )
    })
  }

  #sayGoodbye(osd: Osd): void {
    const { osdGoodbye } = this.#with.parameters
    this.#announce(osd, 'gone', [osdGoodbye, osdGoodbye], () =>
      this.#markDown(osd, 'marked itself down and dead'),
    )
  }

  #boot(osd: Osd, delay: Range): void {
    this.#announce(osd, 'boot', delay, () =>
      this.#publish(() => {
        if (osd.process === 'none') return
        osd.process = 'serving'
        osd.up = true
        if (osd.autoOut) osd.in = true
        osd.autoOut = false
        this.#outDue.delete(osd)
        this.#with.log(this.#leader, 'INF', `osd.${osd.id} boot`)
        this.#with.mapChanged(osd)
        this.#markOut()
        this.reconsider()
      }),
    )
  }

  #markDown(osd: Osd, why: string): void {
    this.#publish(() => {
      const mayGoDown = this.#share((other) => other.up) >= this.#with.parameters.osdMinUpRatio
      if (!osd.up || this.#isHeard(osd) || !mayGoDown) return
      osd.up = false
      osd.downSinceMs = this.#with.scheduler.nowMs()
      this.#with.log(this.#leader, 'INF', `osd.${osd.id} ${why}`)
      this.#with.mapChanged(osd)
      this.#outLater(osd)
      this.reconsider()
    })
  }

  /** Serves, and its peers and the monitors know. */
  #isHeard(osd: Osd): boolean {
    const anchor = this.#anchor
    return osd.process === 'serving' && anchor !== undefined && this.#with.reaches(osd.node, anchor)
  }

  /** Other OSDs that can tell the monitors about this one. */
  #reporters(osd: Osd): Osd[] {
    return this.osds.filter((peer) => peer !== osd && peer.up && this.#isHeard(peer))
  }

  /** A monitor of the largest group: who reaches it belongs to the living part of the cluster. */
  get #anchor(): string | undefined {
    return this.#with.monitors.leader ?? this.#with.monitors.present()[0]
  }

  #outLater(osd: Osd): void {
    const { scheduler, random, parameters } = this.#with
    const downSinceMs = osd.downSinceMs
    scheduler.at(scheduler.nowMs() + millisecondsIn(parameters.osdDownOut, random), () => {
      if (osd.up || osd.downSinceMs !== downSinceMs) return
      this.#outDue.add(osd)
      this.#markOut()
    })
  }

  #markOut(): void {
    for (const osd of this.#outDue)
      this.#publish(() => {
        if (osd.up || !osd.in || this.#share((other) => other.in) < this.#with.parameters.osdMinInRatio)
          return
        osd.in = false
        osd.autoOut = true
        this.#outDue.delete(osd)
        this.#with.log(this.#leader, 'INF', `Marking osd.${osd.id} out (has been down for 600 seconds)`)
        this.#with.mapChanged(osd)
      })
  }

  #share(has: (osd: Osd) => boolean): number {
    return this.osds.filter(has).length / this.osds.length
  }

  /** One announcement at a time is on its way for an OSD; a newer one replaces it. */
  #announce(osd: Osd, kind: Announcement['kind'], delay: Range, action: () => void): void {
    this.#forget(osd)
    const { scheduler, random } = this.#with
    const cancel = scheduler.at(scheduler.nowMs() + millisecondsIn(delay, random), () => {
      this.#announcements.delete(osd)
      action()
    })
    this.#announcements.set(osd, { kind, cancel })
  }

  #forget(osd: Osd): void {
    this.#announcements.get(osd)?.cancel()
    this.#announcements.delete(osd)
  }

  #publish(change: () => void): void {
    this.#waiting.push(change)
    this.flush()
  }

  get #leader(): string {
    const { leader } = this.#with.monitors
    assert(leader !== undefined)
    return leader
  }

  #osd(node: string): Osd {
    const osd = this.osdOn(node)
    assert(osd !== undefined, `no OSD on ${node}`)
    return osd
  }
}
