/** What an administrator sets: pools, thresholds of warnings, mutes. Values not given are Ceph's defaults. */
import type { HealthMute } from './ceph-report.ts'

export interface PoolSettings {
  readonly id: number
  readonly name: string
  readonly size: number
  readonly minSize: number
  readonly pgNum: number
  /** Empty: none enabled. */
  readonly application: string
  readonly autoscale: 'on' | 'warn' | 'off'
  readonly quotaBytes: number
  /** Groups the autoscaler would give it; absent: as many as it has. */
  readonly wantedPgNum?: number
  readonly createdMs: number
  readonly createdEpoch: number
}

export interface MonitorDisk {
  /** Free part of the file system with /var/lib/ceph, in percent. */
  readonly availPercent: number
  readonly storeBytes: number
}

const gibibyte = 1024 ** 3

/** Thresholds and switches by Ceph's names for them. Sources: Ceph 16.2.15 defaults. */
export interface Thresholds {
  nearfullRatio: number
  backfillfullRatio: number
  fullRatio: number
  monDataAvailWarn: number
  monDataAvailCrit: number
  monDataSizeWarn: number
  monClockDriftAllowed: number
  monMaxPgPerOsd: number
  monPgWarnMinPerOsd: number
  osdPoolDefaultSize: number
  osdPoolDefaultMinSize: number
  /** Seconds between two objects that a group on rotating disks recovers; 0: as fast as the disks can. */
  osdRecoverySleep: number
  /** `pveceph` forbids it when it creates the first monitor. */
  allowInsecureGlobalIdReclaim: boolean
}

export function defaultThresholds(): Thresholds {
  return {
    nearfullRatio: 0.85,
    backfillfullRatio: 0.9,
    fullRatio: 0.95,
    monDataAvailWarn: 30,
    monDataAvailCrit: 5,
    monDataSizeWarn: 15 * gibibyte,
    monClockDriftAllowed: 0.05,
    monMaxPgPerOsd: 250,
    monPgWarnMinPerOsd: 0,
    osdPoolDefaultSize: 3,
    osdPoolDefaultMinSize: 2,
    osdRecoverySleep: 0.1,
    allowInsecureGlobalIdReclaim: false,
  }
}

/** Settings of a cluster while it runs. Whoever changes one tells the cluster to look at its health again. */
export interface ClusterSettings {
  readonly thresholds: Thresholds
  readonly pools: PoolSettings[]
  /** By monitor. */
  readonly monitorDisks: Map<string, MonitorDisk>
  readonly mutes: Map<string, HealthMute>
  /** `osd.2 crashed on host node3 at ...` of crash reports nobody has archived. */
  readonly crashes: string[]
}

export function emptySettings(thresholds: Partial<Thresholds> = {}): ClusterSettings {
  return {
    thresholds: { ...defaultThresholds(), ...thresholds },
    pools: [],
    monitorDisks: new Map(),
    mutes: new Map(),
    crashes: [],
  }
}

/** Ceph's order of the flags of an OSD map. */
export const osdFlags = [
  'pauserd',
  'pausewr',
  'noup',
  'nodown',
  'noin',
  'noout',
  'nobackfill',
  'norebalance',
  'norecover',
  'noscrub',
  'nodeep-scrub',
  'notieragent',
] as const

export type OsdFlag = (typeof osdFlags)[number]

export function isOsdFlag(word: string): word is OsdFlag {
  return (osdFlags as readonly string[]).includes(word)
}
