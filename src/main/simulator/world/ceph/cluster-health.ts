import type { WorldParameters } from '../parameters.ts'
import type { CephCluster } from './ceph-cluster.ts'
import { mapChecks } from './ceph-health.ts'
import type { HealthCheck } from './ceph-report.ts'
import { availabilityCheck, degradedCheck } from './group-health.ts'
import { settingsChecks } from './settings-health.ts'
import { slowOps } from './slow-ops.ts'

/** A new cluster is not blamed for what it has not got yet (TOO_FEW_OSDS came after a minute). */
export const newClusterMs = 60_000

/** All checks as the leader sees them now. */
export function currentChecks(
  cluster: CephCluster,
  leader: string,
  parameters: WorldParameters,
): HealthCheck[] {
  const { nowMs, settings, statistics, monitors, managers, osdMap, clocks, data } = cluster
  const { existing: osds, flags, reportsWaitingSinceMs } = osdMap
  const { names: monitorNodes } = monitors
  const groups = statistics.reported
  const objectsByPool = new Map<number, number>()
  for (const { poolId, objects } of data.groups)
    objectsByPool.set(poolId, (objectsByPool.get(poolId) ?? 0) + objects)
  const groupInput = {
    nowMs,
    stuckMs: parameters.pgStuck * 1000,
    groups,
    nameOf: statistics.nameOf,
    copies: () =>
      Math.round(groups.reduce((sum, { id, objects }) => sum + objects * cluster.pools.sizeOf(id), 0)),
  }
  const objectsIn = (poolId: number) => objectsByPool.get(poolId) ?? 0
  return [
    ...mapChecks({
      monitorNodes,
      positions: monitors.positions,
      quorum: monitors.quorum,
      isManagerMissing: managers.isMissing,
      osds,
      flags,
      clocks: clocks.measured,
      allowedSkewSeconds: settings.thresholds.monClockDriftAllowed,
    }),
    ...settingsChecks({
      settings,
      monitorNodes,
      osds,
      isNew: nowMs - cluster.createdMs < newClusterMs,
      isUsed: ({ id }) => objectsIn(id) > 0,
      storedBytes: ({ id }) => objectsIn(id) * data.objectBytes,
    }),
    availabilityCheck(groupInput),
    degradedCheck(groupInput),
    slowOps({
      nowMs,
      leader,
      slowMs: parameters.slowOpSeconds * 1000,
      reportsWaitingSinceMs,
      outage: cluster.health.recentOutage,
      groups,
    }),
  ].filter((check) => check !== undefined)
}
