import type { CephCluster } from './ceph-cluster.ts'
import { healthStatus } from './ceph-health.ts'
import type { HealthStatus } from './ceph-report.ts'

/** The status in a few figures. */
export interface CephSummary {
  readonly health: HealthStatus | 'unknown'
  readonly placementGroups: number
  readonly activeClean: number
  readonly osdsUp: number
  readonly osds: number
}

/** A lab without Ceph keeps its guests elsewhere, where nothing can be wrong with it. */
const noCeph: CephSummary = { health: 'HEALTH_OK', placementGroups: 0, activeClean: 0, osdsUp: 0, osds: 0 }

/** As somebody sees it who reaches the leading monitor, or does not. */
export function summaryOf(cluster: CephCluster, hearsLeader: boolean): CephSummary {
  if (!cluster.exists) return noCeph
  const { statistics, osdMap, data, health, settings } = cluster
  const osds = osdMap.existing
  const clean = statistics.reported.filter((group) => statistics.nameOf(group) === 'active+clean').length
  return {
    health: hearsLeader ? healthStatus(health.checks, [...settings.mutes.values()]) : 'unknown',
    placementGroups: data.groups.length,
    activeClean: hearsLeader ? clean : 0,
    osdsUp: osds.filter((osd) => osd.up).length,
    osds: osds.length,
  }
}
