import type { Path } from '../network.ts'
import type { WorldParameters } from '../parameters.ts'
import type { ClusterSettings, OsdFlag } from './cluster-settings.ts'
import { isBackfill } from './group-state.ts'
import type { HeldGroup } from './held-group.ts'
import { connectionMiBPerSecond } from './network-pace.ts'
import type { Osd } from './osd.ts'

export interface RecoveryPlace {
  readonly settings: ClusterSettings
  readonly flags: ReadonlySet<OsdFlag>
  readonly parameters: WorldParameters
  /** What data meets between two nodes; perfect if absent. */
  pathOf?(from: string, to: string): Path
  /** Both machines have power and a path between them. */
  reaches(from: string, to: string): boolean
}

const mebibyte = 1024 * 1024

/** Flags and full disks hold it back. */
export function mayRecover(held: HeldGroup, osd: Osd, { flags, parameters }: RecoveryPlace): boolean {
  if (!held.isServed) return false
  const { group } = held
  const isOnlyMisplaced = group.spares.length > 0
  if (isOnlyMisplaced && flags.has('norebalance')) return false
  return isBackfill(group, osd.id, { shortLog: parameters.cephShortLog })
    ? !flags.has('nobackfill') && osd.fullness !== 'backfillfull' && osd.fullness !== 'full'
    : !flags.has('norecover')
}

/** Objects of that many bytes per second from one OSD to another, with so many transfers on the links they share. */
export function recoveryRate(
  source: Osd | undefined,
  osd: Osd,
  sharing: number,
  objectBytes: number,
  place: RecoveryPlace,
): number {
  if (source === undefined || !canCopy(source, osd, place)) return 0
  const { parameters, settings, pathOf } = place
  const path = pathOf?.(source.node, osd.node)
  const line = path === undefined ? Number.POSITIVE_INFINITY : connectionMiBPerSecond(path, parameters)
  const mebibytes = Math.min(parameters.cephRecoveryBandwidth, line / sharing)
  const pace = (mebibytes * mebibyte) / objectBytes
  return settings.thresholds.osdRecoverySleep === 0 ? pace : Math.min(pace, parameters.cephRecoveryRate)
}

/** Both ends live and reach each other, whatever the map still says of them. */
function canCopy(source: Osd, osd: Osd, { reaches }: RecoveryPlace): boolean {
  return source.process === 'serving' && osd.process === 'serving' && reaches(source.node, osd.node)
}
