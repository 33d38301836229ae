import type { WorldParameters } from '../parameters.ts'
import { poolReport, usageOf } from './capacity.ts'
import type { CephCluster } from './ceph-cluster.ts'
import { healthStatus } from './ceph-health.ts'
import type { CephReport, ClientLoad, GroupReport, HealthCheck } from './ceph-report.ts'
import { osdFlags } from './cluster-settings.ts'
import type { Osd } from './osd.ts'

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
      groups: data.groups.filter(({ placed }) => placed.includes(osd.id)).length,
    })),
    pools: settings.pools.map((pool) => poolReport(pool, data, osdMap.osds, usage, settings.thresholds)),
    groups: groupReport(cluster, nowMs, of.client),
    clockSkew: clocks.measured,
  }
}

function groupReport(cluster: CephCluster, nowMs: number, client: ClientLoad | undefined): GroupReport {
  const { statistics, data, settings } = cluster
  const { reported } = statistics
  const counts = new Map<string, number>()
  for (const group of reported) {
    const name = statistics.nameOf(group)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const sum = (of: (group: (typeof reported)[number]) => number) =>
    Math.round(reported.reduce((total, group) => total + of(group), 0))
  const objects = sum((group) => group.objects)
  const { rate, course } = data.recovery
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
    progress:
      course === undefined || course.atStart === 0 || settings.pools.length === 0
        ? undefined
        : {
            sinceMs: Math.min(course.sinceMs, nowMs),
            share: Math.min(1, Math.max(0, 1 - degradedCopies / course.atStart)),
          },
    client,
  }
}
