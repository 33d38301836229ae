import type { Fullness } from './osd.ts'

/** Everything the commands of a Ceph client are answered from: maps and statistics as the monitors hold them. */

export type HealthStatus = 'HEALTH_OK' | 'HEALTH_WARN' | 'HEALTH_ERR'

export interface HealthCheck {
  readonly code: string
  readonly severity: 'HEALTH_WARN' | 'HEALTH_ERR'
  readonly summary: string
  /** What Ceph counts in this check; for some codes a number without meaning to people. */
  readonly count: number
  readonly detail: readonly string[]
}

export interface HealthMute {
  readonly code: string
  /** Ends then; absent: never. */
  readonly untilMs: number | undefined
  readonly sticky: boolean
  readonly summary: string
  readonly count: number
}

export interface MonitorReport {
  /** All monitors, in the order of their ranks. */
  readonly names: readonly string[]
  /** Places of their nodes among all of the lab, from which their addresses follow. */
  readonly positions: readonly number[]
  /** Epoch of the monitor map. */
  readonly mapEpoch: number
  /** Members of the quorum in the order of ranks, the leader first; empty during an election. */
  readonly quorum: readonly string[]
  readonly electionEpoch: number
  readonly quorumSinceMs: number
}

export interface ManagerReport {
  readonly epoch: number
  readonly active: string | undefined
  /** The active manager has taken up its work. */
  readonly available: boolean
  readonly standbys: readonly string[]
  /** Since when this one is active, or none is. */
  readonly sinceMs: number
}

/** Use of one OSD's disk in KiB. */
export interface OsdUsage {
  readonly totalKiB: number
  readonly dataKiB: number
  readonly metaKiB: number
}

export interface OsdReport {
  readonly id: number
  readonly host: string
  readonly up: boolean
  /** 0: out. */
  readonly reweight: number
  readonly diskGiB: number
  readonly usage: OsdUsage
  /** It is in, and told the present manager of its disk, be it up or not. */
  readonly hasFigures: boolean
  /** Groups it was last reported to serve. */
  readonly groups: number
}

export interface PoolReport {
  readonly id: number
  readonly name: string
  readonly size: number
  readonly minSize: number
  readonly pgNum: number
  readonly application: string
  readonly autoscale: 'on' | 'warn' | 'off'
  readonly objects: number
  readonly storedBytes: number
  /** With all copies that exist. */
  readonly usedBytes: number
  readonly maxAvailableBytes: number
  readonly quotaBytes: number
  /** Of the fullest OSD that is in. */
  readonly fullness: Fullness
  readonly createdMs: number
  readonly lastChangeEpoch: number
}

export interface ClientLoad {
  readonly readBytes: number
  readonly writeBytes: number
  readonly readOperations: number
  readonly writeOperations: number
}

/** Placement groups and objects as the active manager last reported them. */
export interface GroupReport {
  /** The active manager has collected everything; until then it knows nothing of groups and disks itself. */
  readonly ready: boolean
  /** Most frequent first. */
  readonly states: readonly { readonly name: string; readonly count: number }[]
  readonly groups: number
  readonly inactive: number
  readonly unknown: number
  readonly remapped: number
  readonly objects: number
  readonly dataBytes: number
  readonly copies: number
  readonly degradedCopies: number
  readonly misplacedCopies: number
  readonly recovery: { readonly objectsPerSecond: number; readonly bytesPerSecond: number } | undefined
  readonly progress: RecoveryProgress | undefined
  readonly client: ClientLoad | undefined
  /** Each group as it was last reported; worked out when it is asked for. */
  placements(): readonly GroupPlacement[]
}

export interface GroupPlacement {
  readonly id: string
  readonly state: string
  /** OSDs the map places it on that are up, and those that serve it; the primary first. */
  readonly up: readonly number[]
  readonly acting: readonly number[]
}

/** Of what was begun when an OSD was marked in. */
export interface RecoveryProgress {
  readonly osd: number
  /** As the manager last worked it out. */
  readonly seconds: number
  /** Groups that are clean. */
  readonly share: number
}

export interface CephReport {
  readonly fsid: string
  readonly nowMs: number
  readonly createdMs: number
  readonly health: {
    readonly status: HealthStatus
    /** In Ceph's order, by code; muted ones too. */
    readonly checks: readonly HealthCheck[]
    readonly mutes: readonly HealthMute[]
  }
  readonly monitors: MonitorReport
  readonly managers: ManagerReport
  readonly osdMap: {
    readonly epoch: number
    readonly upSinceMs: number
    readonly inSinceMs: number
    /** In Ceph's order. */
    readonly flags: readonly string[]
  }
  readonly osds: readonly OsdReport[]
  readonly pools: readonly PoolReport[]
  readonly groups: GroupReport
  readonly clockSkew: readonly MonitorClock[]
  /** mon_target_pg_per_osd: copies of groups the autoscaler wants on an OSD. */
  readonly groupsPerOsd: number
}

/** A monitor's clock against the leader's, as the leader last measured it. */
export interface MonitorClock {
  readonly monitor: string
  readonly skewSeconds: number
  readonly latencySeconds: number
}
