import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn } from '../parameters.ts'
import type { CephCluster } from './ceph-cluster.ts'
import { healthLines, inOrder } from './ceph-health.ts'
import type { CephMonitors } from './ceph-monitors.ts'
import type { HealthCheck } from './ceph-report.ts'
import { currentChecks } from './cluster-health.ts'
import { nextStuckMs } from './group-health.ts'

interface Surroundings {
  readonly cluster: CephCluster
  readonly random: Random
  log(node: string, level: string, message: string): void
}

/** The health checks as the leading monitor last worked them out, and what it says when they change. */
export class HealthWatch {
  readonly #with: Surroundings
  readonly #slowShownMs: number
  #checks: readonly HealthCheck[] = []

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#slowShownMs = millisecondsIn(surroundings.cluster.parameters.slowOpsShown, surroundings.random)
  }

  get checks(): readonly HealthCheck[] {
    return this.#checks
  }

  /** Requests of the last time without a quorum are not worked off yet. */
  get recentOutage(): CephMonitors['lastOutage'] {
    const { monitors, nowMs } = this.#with.cluster
    const { lastOutage } = monitors
    return lastOutage !== undefined && nowMs - lastOutage.toMs < this.#slowShownMs ? lastOutage : undefined
  }

  /** To be called whenever something changed that a check depends on. */
  refresh(): void {
    const { cluster, log } = this.#with
    const { leader } = cluster.monitors
    if (leader === undefined) return
    const checks = inOrder(currentChecks(cluster, leader, cluster.parameters))
    for (const { level, message } of healthLines(this.#checks, checks)) log(leader, level, message)
    this.#checks = checks
  }

  /** When the next limit of time will have passed, if nothing changes before. */
  nextLookMs(): number | undefined {
    const { statistics, nowMs, parameters } = this.#with.cluster
    const groups = statistics.reported
    const stuck = nextStuckMs({ groups, nowMs, stuckMs: parameters.pgStuck * 1000 })
    const slow = this.#nextSlowMs()
    return stuck === undefined ? slow : Math.min(stuck, slow ?? stuck)
  }

  /** Slow requests grow older in every report. */
  #nextSlowMs(): number | undefined {
    const { osdMap, statistics, nowMs, parameters } = this.#with.cluster
    const { slowOpSeconds, osdStatsPeriod } = parameters
    if (this.#checks.some(({ code }) => code === 'SLOW_OPS')) return nowMs + osdStatsPeriod * 1000
    const waiting = [
      osdMap.reportsWaitingSinceMs,
      ...statistics.reported.map(({ laggySinceMs }) => laggySinceMs),
    ].filter((sinceMs) => sinceMs !== undefined)
    if (waiting.length > 0) return Math.max(nowMs + 1000, Math.min(...waiting) + slowOpSeconds * 1000)
    return osdMap.osds.some(({ silentSinceMs }) => silentSinceMs !== undefined)
      ? nowMs + osdStatsPeriod * 1000
      : undefined
  }
}
