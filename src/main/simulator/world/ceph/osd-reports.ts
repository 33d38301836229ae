import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type Range, type WorldParameters } from '../parameters.ts'
import type { CephMonitors } from './ceph-monitors.ts'
import type { Osd } from './osd.ts'

interface Surroundings {
  readonly osds: readonly Osd[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly monitors: CephMonitors
  reaches(from: string, to: string): boolean
  /** Heartbeats of that node's OSDs get lost at the moment. */
  areMissed(node: string): boolean
  /** Peers begin to miss an OSD. */
  suspected(): void
  /** The monitors are told that it is down. */
  isDown(osd: Osd, isProven: boolean, why: string): void
  /** The monitors are told that it has started. */
  hasBooted(osd: Osd): void
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

/** What OSDs tell the monitors of each other and of themselves. */
export class OsdReports {
  readonly #with: Surroundings
  readonly #announcements = new Map<Osd, Announcement>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** Since when reports of silent OSDs wait for a second reporter; undefined if none does. */
  get waitingSinceMs(): number | undefined {
    const since = [...this.#announcements]
      .filter(([osd, { kind }]) => kind === 'unreported' && this.#reporters(osd).length > 0)
      .map(([, { sinceMs }]) => sinceMs)
    return since.length === 0 ? undefined : Math.min(...since)
  }

  /** Serves, and its peers and the monitors know. */
  isHeard(osd: Osd): boolean {
    const anchor = this.#anchor
    const { reaches, areMissed } = this.#with
    return (
      osd.process === 'serving' && anchor !== undefined && reaches(osd.node, anchor) && !areMissed(osd.node)
    )
  }

  isBooting(osd: Osd): boolean {
    return this.#announcements.get(osd)?.kind === 'boot'
  }

  /** It will tell that it has started. */
  boot(osd: Osd, delay: Range): void {
    this.#announce(osd, 'boot', delay, () => this.#with.hasBooted(osd))
  }

  /** Its process is gone and its kernel refuses connections, which the first peer reports that tries one. */
  refuse(osd: Osd, delay: Range = this.#with.parameters.osdRefused): void {
    const { osds, scheduler, suspected, isDown } = this.#with
    osd.silentSinceMs ??= scheduler.nowMs()
    suspected()
    this.#announce(osd, 'gone', delay, () => {
      const reporter = osds.find((peer) => peer !== osd && peer.up && this.isHeard(peer))
      if (reporter === undefined) this.reconsider()
      else {
        const by = `connection refused reported by osd.${reporter.id}`
        isDown(osd, true, `failed (root=default,host=${osd.node}) (${by})`)
      }
    })
  }

  sayGoodbye(osd: Osd): void {
    const { osdGoodbye } = this.#with.parameters
    this.#announce(osd, 'gone', [osdGoodbye, osdGoodbye], () =>
      this.#with.isDown(osd, true, 'marked itself down and dead'),
    )
  }

  /** To be called whenever an OSD or a path between two may have come or gone. */
  reconsider(): void {
    const { osds, parameters } = this.#with
    for (const osd of osds) {
      const announced = this.#announcements.get(osd)
      const isHeard = this.isHeard(osd)
      if (isHeard || !osd.up) osd.silentSinceMs = undefined
      const isSuspected = announced?.kind === 'missing' || announced?.kind === 'unreported'
      // What peers still had to say of one that is down by now keeps nobody from coming up.
      if (isSuspected && (isHeard || !osd.up)) this.forget(osd)
      if (osd.up && !isHeard && announced === undefined) this.#suspect(osd)
      // A peer that came back finds it missing after a grace of its own.
      if (osd.up && announced?.kind === 'unreported' && this.#reporters(osd).length >= 2) this.#suspect(osd)
      if (!osd.up && isHeard && !this.#announcements.has(osd)) this.boot(osd, parameters.osdReannounce)
    }
  }

  /** The monitors have kept the reports of OSDs that might not go down, and look at them at their next tick. */
  missLongSilent(tickMs: number): void {
    const { osds, scheduler, parameters } = this.#with
    const longAgoMs = scheduler.nowMs() - parameters.osdHeartbeatGrace[1] * 1000
    for (const osd of osds) {
      const isMissed = osd.up && !this.isHeard(osd) && !this.#announcements.has(osd)
      if (!isMissed || (osd.silentSinceMs ?? Number.POSITIVE_INFINITY) > longAgoMs) continue
      if (this.#reporters(osd).length >= 2)
        this.#announce(osd, 'missing', [0, tickMs / 1000], () => this.#fail(osd))
    }
  }

  /** What was about to be announced of it is of no account any more. */
  forget(osd: Osd): void {
    this.#announcements.get(osd)?.cancel()
    this.#announcements.delete(osd)
  }

  #suspect(osd: Osd): void {
    const { parameters, scheduler, suspected, isDown } = this.#with
    osd.silentSinceMs ??= scheduler.nowMs()
    suspected()
    this.#announce(osd, 'missing', parameters.osdHeartbeatGrace, () => {
      if (this.#reporters(osd).length >= 2) {
        this.#fail(osd)
        return
      }
      // Only the missing beacon tells.
      this.#announce(osd, 'unreported', parameters.osdBeaconTimeout, () =>
        isDown(
          osd,
          false,
          `marked down after no beacon for ${parameters.osdBeaconTimeout[1].toFixed(6)} seconds`,
        ),
      )
    })
  }

  #fail(osd: Osd): void {
    const { scheduler, isDown } = this.#with
    const silentSeconds = (scheduler.nowMs() - (osd.silentSinceMs ?? scheduler.nowMs())) / 1000
    const reports = `2 reporters from different host after ${silentSeconds.toFixed(6)} >= grace 20.000000`
    isDown(osd, false, `failed (root=default,host=${osd.node}) (${reports})`)
  }

  /** Hosts with other OSDs that can tell the monitors about this one. */
  #reporters(osd: Osd): string[] {
    const peers = this.#with.osds.filter((peer) => peer !== osd && peer.up && this.isHeard(peer))
    return [...new Set(peers.map(({ node }) => node))]
  }

  /** A monitor of the largest group: who reaches it belongs to the living part of the cluster. */
  get #anchor(): string | undefined {
    return this.#with.monitors.leader ?? this.#with.monitors.present()[0]
  }

  /** One announcement at a time is on its way for an OSD; a newer one replaces it. */
  #announce(osd: Osd, kind: Announcement['kind'], delay: Range, action: () => void): void {
    this.forget(osd)
    const { scheduler, random } = this.#with
    const cancel = scheduler.at(scheduler.nowMs() + millisecondsIn(delay, random), () => {
      this.#announcements.delete(osd)
      action()
    })
    this.#announcements.set(osd, { kind, sinceMs: scheduler.nowMs(), cancel })
  }
}
