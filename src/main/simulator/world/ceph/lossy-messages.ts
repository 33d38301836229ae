/**
 * How often messages between Ceph's daemons are late by a whole grace on paths with loss. They run over TCP, so that happens
 * only when a segment or its acknowledgement is lost at every repetition within the grace.
 */
import { silenceOfRepeatedMs, transmissionsWithin } from '../lossy-exchange.ts'
import type { Path } from '../network.ts'
import type { WorldParameters } from '../parameters.ts'

type PathOf = (from: string, to: string) => Path

/** Ceph's configured grace (osd_heartbeat_grace): a ping that old and unanswered is reported. */
export const heartbeatGraceMs = 20_000
/** mon_lease * mon_lease_ack_timeout_factor: what a monitor waits for another's word about the lease. */
export const leaseGraceMs = 10_000

/** Chance that neither the message nor one of its repetitions arrives, or no answer; 0 where nothing is sent at all. */
function lateChance({ loss }: Path, graceMs: number): number {
  return loss === 1 ? 0 : 1 - (1 - loss ** transmissionsWithin(graceMs)) ** 2
}

/** Mean seconds between two moments at which two other hosts miss the OSDs of one, as the monitors ask for. */
export function secondsBetweenMissedHeartbeats(
  node: string,
  hosts: readonly string[],
  pathOf: PathOf,
  { osdHeartbeatInterval }: Pick<WorldParameters, 'osdHeartbeatInterval'>,
): number {
  const reportSeconds = (silenceOfRepeatedMs(heartbeatGraceMs) - heartbeatGraceMs) / 1000
  const perSecond = hosts
    .filter((peer) => peer !== node)
    .map((peer) => lateChance(pathOf(node, peer), heartbeatGraceMs) / osdHeartbeatInterval)
  const sum = perSecond.reduce((total, each) => total + each, 0)
  // Pairs of hosts that miss it within the time for which one of them reports it.
  const pairs = perSecond.reduce((total, each) => total + each * (sum - each), 0)
  return 1 / (pairs * reportSeconds)
}

/** Mean seconds between two moments at which the leader and a monitor wait in vain for each other's word. */
export function secondsBetweenMissedLeases(
  node: string,
  leader: string | undefined,
  pathOf: PathOf,
  { monLeaseInterval }: Pick<WorldParameters, 'monLeaseInterval'>,
): number {
  if (leader === undefined || leader === node) return Number.POSITIVE_INFINITY
  return monLeaseInterval / lateChance(pathOf(leader, node), leaseGraceMs)
}
