/** Health checks of monitors, managers and OSDs, worked out from maps, worded as Ceph words them. */

import { monitorAddresses } from './addresses.ts'
import type { HealthCheck, HealthMute, HealthStatus, MonitorClock } from './ceph-report.ts'
import { type OsdFlag, osdFlags } from './cluster-settings.ts'
import type { Fullness, Osd } from './osd.ts'

export interface HealthInput {
  readonly monitorNodes: readonly string[]
  readonly positions: readonly number[]
  readonly quorum: readonly string[]
  readonly isManagerMissing: boolean
  readonly osds: readonly Osd[]
  readonly flags: ReadonlySet<OsdFlag>
  readonly clocks: readonly MonitorClock[]
  readonly allowedSkewSeconds: number
}

export function mapChecks(input: HealthInput): HealthCheck[] {
  return [
    monitorsDown(input),
    clockSkew(input),
    input.isManagerMissing ? warning('MGR_DOWN', 'no active mgr', 0) : undefined,
    ...osdsDown(input.osds),
    mapFlags(input.flags),
    osdFlagsCheck(input.osds),
    ...fullOsds(input.osds),
  ].filter((check) => check !== undefined)
}

export function warning(
  code: string,
  summary: string,
  count: number,
  detail: readonly string[] = [],
): HealthCheck {
  return { code, severity: 'HEALTH_WARN', summary, count, detail }
}

/** By code, as Ceph keeps them. */
export function inOrder(checks: readonly HealthCheck[]): readonly HealthCheck[] {
  return [...checks].sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** The worst of the checks that are not muted. */
export function healthStatus(checks: readonly HealthCheck[], mutes: readonly HealthMute[]): HealthStatus {
  const heard = checks.filter(({ code }) => !mutes.some((mute) => mute.code === code))
  if (heard.some(({ severity }) => severity === 'HEALTH_ERR')) return 'HEALTH_ERR'
  return heard.length === 0 ? 'HEALTH_OK' : 'HEALTH_WARN'
}

/** Lines of the cluster log for what changed between two sets of checks. */
export function healthLines(
  before: readonly HealthCheck[],
  after: readonly HealthCheck[],
): { readonly level: 'ERR' | 'WRN' | 'INF'; readonly message: string }[] {
  const lines: { level: 'ERR' | 'WRN' | 'INF'; message: string }[] = []
  for (const { code, summary, severity } of after) {
    const old = before.find((check) => check.code === code)
    const level = severity === 'HEALTH_ERR' ? 'ERR' : 'WRN'
    if (old === undefined) lines.push({ level, message: `Health check failed: ${summary} (${code})` })
    else if (old.summary !== summary)
      lines.push({ level, message: `Health check update: ${summary} (${code})` })
  }
  for (const { code, summary } of before)
    if (!after.some((check) => check.code === code))
      lines.push({ level: 'INF', message: `Health check cleared: ${code} (was: ${summary})` })
  if (before.length > 0 && after.length === 0) lines.push({ level: 'INF', message: 'Cluster is now healthy' })
  return lines
}

function monitorsDown({ monitorNodes, positions, quorum }: HealthInput): HealthCheck | undefined {
  const down = monitorNodes.filter((node) => !quorum.includes(node))
  if (down.length === 0 || quorum.length === 0) return undefined
  const summary = `${down.length}/${monitorNodes.length} mons down, quorum ${quorum.join(',')}`
  const detail = down.map((node) => {
    const rank = monitorNodes.indexOf(node)
    return `mon.${node} (rank ${rank}) addr ${monitorAddresses(positions[rank] ?? rank)} is down (out of quorum)`
  })
  return warning('MON_DOWN', summary, down.length, detail)
}

function clockSkew({ clocks, allowedSkewSeconds }: HealthInput): HealthCheck | undefined {
  const skewed = clocks.filter(({ skewSeconds }) => Math.abs(skewSeconds) > allowedSkewSeconds)
  if (skewed.length === 0) return undefined
  const names = skewed.map(({ monitor }) => `mon.${monitor}`).join(', ')
  const short = (seconds: number) => Number(seconds.toPrecision(6))
  const detail = skewed.map(
    ({ monitor, skewSeconds, latencySeconds }) =>
      `mon.${monitor} clock skew ${short(skewSeconds)}s > max ${allowedSkewSeconds}s (latency ${short(latencySeconds)}s)`,
  )
  return warning('MON_CLOCK_SKEW', `clock skew detected on ${names}`, skewed.length, detail)
}

/** OSDs that are out do not count as down; a host is down when all its OSDs that are in are. */
function osdsDown(osds: readonly Osd[]): HealthCheck[] {
  const down = osds.filter((osd) => osd.in && !osd.up && osd.stage === 'member')
  if (down.length === 0) return []
  const hosts = [...new Set(down.map(({ node }) => node))].filter((host) =>
    osds.every(({ node, up, in: isIn }) => node !== host || !isIn || !up),
  )
  const onHost = (host: string) => down.filter(({ node }) => node === host).length
  const onHosts = hosts.reduce((sum, host) => sum + onHost(host), 0)
  const word = hosts.length === 1 ? 'host' : 'hosts'
  const checks = [
    warning(
      'OSD_DOWN',
      `${down.length} osds down`,
      down.length,
      down.map(({ id, node }) => `osd.${id} (root=default,host=${node}) is down`),
    ),
  ]
  if (hosts.length > 0)
    checks.push(
      warning(
        'OSD_HOST_DOWN',
        `${hosts.length} ${word} (${onHosts} osds) down`,
        onHosts,
        hosts.map((host) => `host ${host} (root=default) (${onHost(host)} osds) is down`),
      ),
    )
  if (down.length === osds.length)
    checks.push(
      warning('OSD_ROOT_DOWN', `1 root (${down.length} osds) down`, down.length, [
        `root default (root=default) (${down.length} osds) is down`,
      ]),
    )
  return checks
}

/** Its count is the length of the text, as in Ceph. */
function mapFlags(flags: ReadonlySet<OsdFlag>): HealthCheck | undefined {
  if (flags.size === 0) return undefined
  const text = osdFlags.filter((flag) => flags.has(flag)).join(',')
  return warning('OSDMAP_FLAGS', `${text} flag(s) set`, text.length)
}

function osdFlagsCheck(osds: readonly Osd[]): HealthCheck | undefined {
  const flagged = osds.filter(({ flags }) => flags.size > 0)
  if (flagged.length === 0) return undefined
  const summary = `${flagged.length} OSDs or CRUSH {nodes, device-classes} have {NOUP,NODOWN,NOIN,NOOUT} flags set`
  const detail = flagged.map(({ id, flags }) => `osd.${id} has flags ${[...flags].join(',')}`)
  return warning('OSD_FLAGS', summary, flagged.length, detail)
}

const fullnessChecks: readonly [Fullness, string, string][] = [
  ['nearfull', 'OSD_NEARFULL', 'near full'],
  ['backfillfull', 'OSD_BACKFILLFULL', 'backfill full'],
  ['full', 'OSD_FULL', 'full'],
]

/** An OSD counts for the highest level it has reached. Only a full one is an error. */
function fullOsds(osds: readonly Osd[]): HealthCheck[] {
  return fullnessChecks.flatMap(([level, code, words]) => {
    const concerned = osds.filter(({ fullness }) => fullness === level)
    if (concerned.length === 0) return []
    const detail = concerned.map(({ id }) => `osd.${id} is ${words}`)
    const summary = `${concerned.length} ${level} osd(s)`
    const check = warning(code, summary, concerned.length, detail)
    return [level === 'full' ? { ...check, severity: 'HEALTH_ERR' as const } : check]
  })
}
