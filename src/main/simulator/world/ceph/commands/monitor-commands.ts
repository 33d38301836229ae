import { hostAddress, monitorAddresses } from '../addresses.ts'
import type { CephReport } from '../ceph-report.ts'
import { stampOffset, stampZ } from './cluster-time.ts'

const featureNames = [
  'kraken',
  'luminous',
  'mimic',
  'osdmap-prune',
  'nautilus',
  'octopus',
  'pacific',
  'elector-pinging',
]

function addressOf(position: number, port: 3300 | 6789): string {
  return `${hostAddress(position)}:${port}`
}

/** The answer to `ceph mon stat -f json`. */
export function monStatJson({ monitors }: CephReport) {
  return {
    epoch: monitors.mapEpoch,
    min_mon_release_name: 'pacific',
    num_mons: monitors.names.length,
    leader: monitors.quorum[0] ?? '',
    quorum: monitors.quorum.map((name) => ({ rank: monitors.names.indexOf(name), name })),
  }
}

/** The answer to `ceph mon stat`. No recording shows this line; its form is that of Ceph's documentation. */
export function monStatText({ monitors }: CephReport): string {
  const { names, positions, quorum, electionEpoch } = monitors
  const members = names.map((name, rank) => `${name}=${monitorAddresses(positions[rank] ?? rank)}`).join(',')
  const ranks = quorum.map((name) => names.indexOf(name))
  return `e${monitors.mapEpoch}: ${names.length} mons at {${members}}, election epoch ${electionEpoch}, leader ${ranks[0]} ${quorum[0]}, quorum ${ranks.join(',')} ${quorum.join(',')}\n`
}

/** The map of the monitors. Two key names really end in a colon and a blank. */
function monitorMap(report: CephReport) {
  const { names, positions, mapEpoch } = report.monitors
  const created = stampZ(report.createdMs)
  return {
    epoch: mapEpoch,
    fsid: report.fsid,
    modified: created,
    created,
    min_mon_release: 16,
    min_mon_release_name: 'pacific',
    election_strategy: 1,
    'disallowed_leaders: ': '',
    stretch_mode: false,
    tiebreaker_mon: '',
    'removed_ranks: ': '',
    features: { persistent: featureNames, optional: [] },
    mons: names.map((name, rank) => ({
      rank,
      name,
      public_addrs: {
        addrvec: [
          { type: 'v2', addr: addressOf(positions[rank] ?? rank, 3300), nonce: 0 },
          { type: 'v1', addr: addressOf(positions[rank] ?? rank, 6789), nonce: 0 },
        ],
      },
      addr: `${addressOf(positions[rank] ?? rank, 6789)}/0`,
      public_addr: `${addressOf(positions[rank] ?? rank, 6789)}/0`,
      priority: 0,
      weight: 0,
      crush_location: '{}',
    })),
  }
}

/** The answer to `ceph quorum_status -f json`. */
export function quorumStatusJson(report: CephReport) {
  const { names, quorum, electionEpoch, quorumSinceMs } = report.monitors
  return {
    election_epoch: electionEpoch,
    quorum: quorum.map((name) => names.indexOf(name)),
    quorum_names: quorum,
    quorum_leader_name: quorum[0] ?? '',
    quorum_age: Math.floor((report.nowMs - quorumSinceMs) / 1000),
    features: { quorum_con: '4540138314316775423', quorum_mon: featureNames },
    monmap: monitorMap(report),
  }
}

/** The answer to `ceph mon dump -f json`. */
export function monDumpJson(report: CephReport) {
  const { names, quorum } = report.monitors
  return { ...monitorMap(report), quorum: quorum.map((name) => names.indexOf(name)) }
}

/** The answer to `ceph mon dump`. No recording shows this text; its form is that of Ceph's documentation. */
export function monDumpText(report: CephReport): string {
  const { names, positions, mapEpoch } = report.monitors
  const created = stampOffset(report.createdMs)
  const monitors = names.map(
    (name, rank) => `${rank}: ${monitorAddresses(positions[rank] ?? rank)} mon.${name}`,
  )
  return `${[
    `epoch ${mapEpoch}`,
    `fsid ${report.fsid}`,
    `last_changed ${created}`,
    `created ${created}`,
    'min_mon_release 16 (pacific)',
    'election_strategy: 1',
    ...monitors,
  ].join('\n')}\n`
}

/** The answer to `ceph time-sync-status`: clocks against the leader's. */
export function timeSyncJson({ clockSkew, monitors }: CephReport, allowedSeconds: number) {
  return {
    time_skew_status: Object.fromEntries(
      clockSkew.map(({ monitor, skewSeconds, latencySeconds }) => [
        monitor,
        {
          skew: skewSeconds,
          latency: latencySeconds,
          ...(Math.abs(skewSeconds) > allowedSeconds
            ? {
                health: 'HEALTH_WARN',
                details: `clock skew ${Number(skewSeconds.toPrecision(6))}s > max ${allowedSeconds}s`,
              }
            : { health: 'HEALTH_OK' }),
        },
      ]),
    ),
    timechecks: { epoch: monitors.electionEpoch, round: 2, round_status: 'finished' },
  }
}

/** The answer to `ceph mgr stat`. */
export function mgrStatJson({ managers }: CephReport) {
  return {
    epoch: managers.epoch,
    available: managers.available,
    active_name: managers.active ?? '',
    num_standby: managers.standbys.length,
  }
}

export const cephVersion = 'ceph version 16.2.15 (618f440892089921c3e944a991122ddc44e60516) pacific (stable)'

/** The answer to `ceph versions`: what runs, by kind; monitors as they were last heard of (recorded). */
export function versionsJson({ monitors, managers, osds }: CephReport) {
  const counts = {
    mon: monitors.names.length,
    mgr: managers.standbys.length + (managers.active === undefined ? 0 : 1),
    osd: osds.filter(({ up }) => up).length,
    mds: 0,
  }
  const overall = counts.mon + counts.mgr + counts.osd
  return Object.fromEntries(
    Object.entries({ ...counts, overall }).map(([kind, count]) => [
      kind,
      count === 0 ? {} : { [cephVersion]: count },
    ]),
  )
}
