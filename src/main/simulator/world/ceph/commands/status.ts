import type { CephReport, ClientLoad, RecoveryProgress } from '../ceph-report.ts'
import { stampOffset, unixSeconds } from './cluster-time.ts'
import { healthJson } from './health.ts'
import { ageText } from './number-text.ts'

/** The answer to `ceph status -f json`. */
export function statusJson(report: CephReport) {
  const { monitors, osdMap, osds, managers } = report
  return {
    fsid: report.fsid,
    health: healthJson(report.health, false),
    election_epoch: monitors.electionEpoch,
    quorum: monitors.quorum.map((name) => monitors.names.indexOf(name)),
    quorum_names: monitors.quorum,
    quorum_age: Math.floor((report.nowMs - monitors.quorumSinceMs) / 1000),
    monmap: { epoch: monitors.mapEpoch, min_mon_release_name: 'pacific', num_mons: monitors.names.length },
    osdmap: {
      epoch: osdMap.epoch,
      num_osds: osds.length,
      num_up_osds: osds.filter(({ up }) => up).length,
      osd_up_since: osds.length === 0 ? 0 : unixSeconds(osdMap.upSinceMs),
      num_in_osds: osds.filter(({ reweight }) => reweight > 0).length,
      osd_in_since: osds.length === 0 ? 0 : unixSeconds(osdMap.inSinceMs),
      num_remapped_pgs: report.groups.remapped,
    },
    pgmap: groupsJson(report),
    fsmap: { epoch: 1, by_rank: [], 'up:standby': 0 },
    mgrmap: {
      available: managers.available,
      num_standbys: managers.standbys.length,
      modules: ['iostat', 'nfs', 'restful'],
      services: {},
    },
    servicemap: { epoch: 1, modified: stampOffset(report.createdMs), services: {} },
    progress_events: progressJson(report),
  }
}

function groupsJson(report: CephReport) {
  const { groups, pools } = report
  const { usedBytes, totalBytes } = rawUse(report)
  const { client, recovery } = groups
  return {
    pgs_by_state: groups.states.map(({ name, count }) => ({ state_name: name, count })),
    num_pgs: groups.groups,
    num_pools: pools.length,
    num_objects: groups.objects,
    data_bytes: groups.dataBytes,
    bytes_used: usedBytes,
    bytes_avail: totalBytes - usedBytes,
    bytes_total: totalBytes,
    ...(groups.unknown > 0 ? { unknown_pgs_ratio: groups.unknown / groups.groups } : {}),
    ...(groups.inactive > 0 ? { inactive_pgs_ratio: groups.inactive / groups.groups } : {}),
    ...lostCopiesJson(groups),
    ...(recovery === undefined ? {} : recoveryJson(recovery)),
    ...(client === undefined ? {} : clientJson(client)),
  }
}

/** What clients read and write per second. */
export function clientJson(client: ClientLoad) {
  return {
    ...(client.readBytes > 0 ? { read_bytes_sec: client.readBytes } : {}),
    write_bytes_sec: client.writeBytes,
    read_op_per_sec: client.readOperations,
    write_op_per_sec: client.writeOperations,
  }
}

/** Copies missing or in the wrong place, named only when there are any. */
export function lostCopiesJson(groups: CephReport['groups']) {
  const { copies, degradedCopies, misplacedCopies } = groups
  return {
    ...(degradedCopies > 0
      ? {
          degraded_objects: degradedCopies,
          degraded_total: copies,
          degraded_ratio: degradedCopies / copies,
        }
      : {}),
    ...(misplacedCopies > 0
      ? {
          misplaced_objects: misplacedCopies,
          misplaced_total: copies,
          misplaced_ratio: misplacedCopies / copies,
        }
      : {}),
  }
}

export function recoveryJson({
  objectsPerSecond,
  bytesPerSecond,
}: NonNullable<CephReport['groups']['recovery']>) {
  return {
    recovering_objects_per_sec: Math.round(objectsPerSecond),
    recovering_bytes_per_sec: Math.round(bytesPerSecond),
    recovering_keys_per_sec: 0,
    num_objects_recovered: Math.round(objectsPerSecond * 5),
    num_bytes_recovered: Math.round(bytesPerSecond * 5),
    num_keys_recovered: 0,
  }
}

/** Raw space of the disks that are in, as far as the manager has heard of them. */
export function rawUse({ osds }: CephReport): { readonly usedBytes: number; readonly totalBytes: number } {
  let usedKiB = 0
  let totalKiB = 0
  for (const { hasFigures, usage } of osds)
    if (hasFigures) {
      usedKiB += usage.dataKiB + usage.metaKiB
      totalKiB += usage.totalKiB
    }
  return { usedBytes: usedKiB * 1024, totalBytes: totalKiB * 1024 }
}

/** The manager has two events for it, of which `ceph -s` shows one; the other ends sooner. */
function progressJson(report: CephReport) {
  const { progress } = report.groups
  if (progress === undefined) return {}
  const event = (id: string, title: string, isInStatus: boolean) => ({
    [report.fsid.replace(/^.{8}/, id)]: {
      message: progressLines(progress, title).join('\n      '),
      progress: progress.share,
      add_to_ceph_s: isInStatus,
    },
  })
  return {
    ...event('c2e0d459', recoveryEvent, true),
    ...(progress.seconds <= rebalancingSeconds
      ? event('d8c1a9b2', `Rebalancing after osd.${progress.osd} marked in`, false)
      : {}),
  }
}

export const recoveryEvent = 'Global Recovery Event'
/** It was recorded for that long, whatever was still missing. */
const rebalancingSeconds = 15
const barWidth = 28

/** `Global Recovery Event (115s)` and the bar below it, without indentation. */
export function progressLines(
  { seconds, share }: RecoveryProgress,
  title: string,
): readonly [string, string] {
  const done = Math.floor(share * barWidth)
  const bar = `[${'='.repeat(done)}${'.'.repeat(barWidth - done)}]`
  const remaining = share > 0 ? `(remaining: ${ageText((seconds / share) * (1 - share))})` : ''
  return [`${title} (${ageText(seconds)})`, `${bar} ${remaining}`]
}
