import type { WorldParameters } from '../parameters.ts'
import { poolReport, usageOf } from './capacity.ts'
import type { CephCluster } from './ceph-cluster.ts'
import { healthStatus } from './ceph-health.ts'
import type { CephManagers } from './ceph-managers.ts'
import type { CephReport, ClientLoad, GroupReport, HealthCheck, RecoveryProgress } from './ceph-report.ts'
import { osdFlags } from './cluster-settings.ts'
import type { ReportedGroup } from './group-statistics.ts'
import type { Osd } from './osd.ts'

/** The manager works its progress out that often (recorded). */
const progressTickSeconds = 5

/** Of every cluster of a lab. */
export const clusterFsid = 'f0e1d2c3-b4a5-4968-8778-695a4b3c2d1e'

/** The report of a cluster whose monitors answer, `quorum` of them being in agreement. */
export function clusterReport(of: {
  readonly cluster: CephCluster
  readonly checks: readonly HealthCheck[]
  readonly parameters: WorldParameters
  readonly nowMs: number
  readonly client: ClientLoad | undefined
}): CephReport {
  const { cluster, checks, parameters, nowMs } = of
  const { monitors, managers, osdMap, data, settings, clocks } = cluster
  data.recovery.credit()
  const usage = (osd: Osd) => usageOf(osd, data, parameters)
  const groupCounts = groupsByOsd(cluster.statistics.reported)
  const mutes = [...settings.mutes.values()].filter(({ untilMs }) => (untilMs ?? nowMs + 1) > nowMs)
  return {
    fsid: clusterFsid,
    nowMs,
    createdMs: cluster.createdMs,
    health: { status: healthStatus(checks, mutes), checks, mutes },
    monitors: {
      names: monitors.names,
      positions: monitors.positions,
      mapEpoch: monitors.mapEpoch,
      quorum: monitors.quorum,
      electionEpoch: monitors.electionEpoch,
      quorumSinceMs: monitors.changedMs,
    },
    managers: {
      epoch: managers.epoch,
      active: managers.published,
      available: managers.isAvailable,
      standbys: managers.standbys,
      sinceMs: managers.sinceMs,
    },
    osdMap: {
      epoch: osdMap.epoch,
      upSinceMs: osdMap.upSinceMs,
      inSinceMs: osdMap.inSinceMs,
      flags: osdFlags.filter((flag) => osdMap.flags.has(flag)),
    },
    osds: osdMap.existing.map((osd) => ({
      id: osd.id,
      host: osd.node,
      up: osd.up,
      reweight: osd.in ? osd.reweight : 0,
      diskGiB: osd.diskGiB,
      usage: usage(osd),
      hasFigures: hasFigures(osd, managers),
      groups: groupCounts.get(osd.id) ?? 0,
    })),
    pools: settings.pools.map((pool) => poolReport(pool, data, osdMap.osds, usage, settings.thresholds)),
    groups: groupReport(cluster, of),
    clockSkew: clocks.measured,
    groupsPerOsd: parameters.pgPerOsd,
  }
}

function hasFigures({ stage, in: isIn, up, downSinceMs }: Osd, managers: CephManagers): boolean {
  if (!isIn || stage === 'new') return false
  return up || managers.active === undefined || downSinceMs > managers.sinceMs
}

/** Groups that each OSD was last reported to serve. */
function groupsByOsd(reported: readonly ReportedGroup[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { state } of reported)
    for (const osd of state.acting) counts.set(osd, (counts.get(osd) ?? 0) + 1)
  return counts
}

function groupReport(
  cluster: CephCluster,
  { nowMs, client, parameters }: Pick<Parameters<typeof clusterReport>[0], 'nowMs' | 'client' | 'parameters'>,
): GroupReport {
  const { statistics, data, osdMap } = cluster
  const { reported } = statistics
  const counts = new Map<string, number>()
  for (const group of reported) {
    const name = statistics.nameOf(group)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const sum = (of: (group: (typeof reported)[number]) => number) =>
    Math.round(reported.reduce((total, group) => total + of(group), 0))
  const objects = sum((group) => group.objects)
  const rate = data.recovery.rateWithin(parameters.cephRatesShown * 1000)
  const degradedCopies = sum(({ state }) => state.degradedCopies)
  return {
    ready: statistics.isReady && reported.length > 0,
    states: [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count),
    groups: reported.length,
    inactive: sum(({ state }) => (state.isActive || state.name === 'unknown' ? 0 : 1)),
    unknown: sum(({ state }) => (state.name === 'unknown' ? 1 : 0)),
    remapped: data.groups.filter((_, index) => data.stateOf(index, false).isRemapped).length,
    objects,
    dataBytes: Math.round(objects * data.objectBytes),
    copies: sum((group) => group.objects * cluster.pools.sizeOf(group.id)),
    degradedCopies,
    misplacedCopies: sum(({ state }) => state.misplacedCopies),
    recovery: rate > 0 ? { objectsPerSecond: rate, bytesPerSecond: rate * data.objectBytes } : undefined,
    progress: progressOf(cluster, nowMs, (counts.get('active+clean') ?? 0) / reported.length),
    client,
    placements: () =>
      reported.map((group, index) => ({
        id: group.id,
        state: statistics.nameOf(group),
        up: (data.groups[index]?.placed ?? []).filter((id) => osdMap.osds[id]?.up),
        acting: group.state.acting,
      })),
  }
}

/** Only what follows an OSD that is marked in shows as progress (recorded), until all groups are clean. */
function progressOf(
  { osdMap: { markedIn }, statistics }: CephCluster,
  nowMs: number,
  share: number,
): RecoveryProgress | undefined {
  if (markedIn === undefined || statistics.cleanMs >= markedIn.atMs || share === 1) return undefined
  const ticks = Math.floor((nowMs - markedIn.atMs) / 1000 / progressTickSeconds)
  return ticks === 0 ? undefined : { osd: markedIn.osd, seconds: (ticks - 1) * progressTickSeconds, share }
}
