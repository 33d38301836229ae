/** The health checks a lab meets, worked out from maps and statistics, worded as Ceph words them. */
import type { Osd } from './osd-map.ts'

export type HealthStatus = 'HEALTH_OK' | 'HEALTH_WARN' | 'HEALTH_ERR'

/** Placement groups and objects as the active manager last reported them. */
export interface ReportedStats {
  readonly groups: number
  readonly activeClean: number
  readonly degraded: number
  readonly undersizedStuck: number
  readonly peering: number
  readonly inactiveStuck: number
  readonly degradedObjects: number
  readonly objects: number
}

export interface HealthInput {
  readonly monitorNodes: readonly string[]
  readonly quorum: readonly string[]
  readonly isManagerMissing: boolean
  readonly osds: readonly Osd[]
  readonly stats: ReportedStats
}

export function healthChecks(input: HealthInput): ReadonlyMap<string, string> {
  const checks = new Map<string, string>()
  const { monitorNodes, quorum, osds, stats } = input
  const monitorsDown = monitorNodes.length - quorum.length
  if (monitorsDown > 0)
    checks.set('MON_DOWN', `${monitorsDown}/${monitorNodes.length} mons down, quorum ${quorum.join(',')}`)
  if (input.isManagerMissing) checks.set('MGR_DOWN', 'no active mgr')
  const down = osds.filter((osd) => osd.in && !osd.up).length
  if (down > 0) {
    checks.set('OSD_DOWN', `${down} osds down`)
    checks.set('OSD_HOST_DOWN', `${down} ${down === 1 ? 'host' : 'hosts'} (${down} osds) down`)
  }
  const availability = [
    ...(stats.inactiveStuck > 0 ? [`${plural(stats.inactiveStuck)} inactive`] : []),
    ...(stats.peering > 0 ? [`${plural(stats.peering)} peering`] : []),
  ]
  if (availability.length > 0)
    checks.set('PG_AVAILABILITY', `Reduced data availability: ${availability.join(', ')}`)
  if (stats.degraded > 0) checks.set('PG_DEGRADED', degradedText(stats))
  return checks
}

/** The status of the checks above is never worse than a warning: none of them means lost data. */
export function healthStatus(checks: ReadonlyMap<string, string>): HealthStatus {
  return checks.size === 0 ? 'HEALTH_OK' : 'HEALTH_WARN'
}

/** Lines of the cluster log for what changed between two sets of checks. */
export function healthLines(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): { readonly level: 'WRN' | 'INF'; readonly message: string }[] {
  const lines: { level: 'WRN' | 'INF'; message: string }[] = []
  for (const [code, text] of after) {
    const old = before.get(code)
    if (old === undefined) lines.push({ level: 'WRN', message: `Health check failed: ${text} (${code})` })
    else if (old !== text) lines.push({ level: 'WRN', message: `Health check update: ${text} (${code})` })
  }
  for (const [code, text] of before)
    if (!after.has(code))
      lines.push({ level: 'INF', message: `Health check cleared: ${code} (was: ${text})` })
  if (before.size > 0 && after.size === 0) lines.push({ level: 'INF', message: 'Cluster is now healthy' })
  return lines
}

function degradedText(stats: ReportedStats): string {
  const copies = `${stats.degradedObjects}/${stats.objects}`
  const percent = ((100 * stats.degradedObjects) / Math.max(1, stats.objects)).toFixed(3)
  const undersized = stats.undersizedStuck > 0 ? `, ${plural(stats.undersizedStuck)} undersized` : ''
  return `Degraded data redundancy: ${copies} objects degraded (${percent}%), ${plural(stats.degraded)} degraded${undersized}`
}

function plural(groups: number): string {
  return `${groups} ${groups === 1 ? 'pg' : 'pgs'}`
}
