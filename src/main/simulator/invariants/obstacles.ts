import type { ServiceStatus } from '../ha/cluster-data.ts'
import type { GuestMachine } from '../world/guest-machine.ts'
import { nodeUnits } from '../world/node-units.ts'
import { readManagerStatus, readServices } from '../world/shared-files.ts'
import { DrbdDisk } from '../world/storage/drbd-disk.ts'
import type { World } from '../world/world.ts'

/** Why a guest that should serve does not, although nothing is broken any more. Each needs a person. */
export type Obstacle =
  | 'requested-otherwise'
  | 'ha-disarmed'
  | 'service-in-error'
  | 'down-outside-ha'
  | 'paused'
  | 'daemon-stopped'
  | 'daemon-does-not-end'
  | 'needed-guest-away'
  | 'service-stopped'
  | 'node-in-maintenance'
  | 'disk-blocked'
  | 'too-little-memory'

/** The first obstacle in a guest's way, as an administrator on that node would find it. */
export function obstacleOf(world: World, guest: GuestMachine, viewer: string): Obstacle | undefined {
  const config = readServices(world.shared, viewer)[guest.id]
  const manager = readManagerStatus(world.shared, viewer)
  if (guest.isPaused) return 'paused'
  if (hasStoppedService(guest)) return 'service-stopped'
  const needed = guest.services?.front.needs ?? []
  if (needed.some((id) => obstacleOf(world, world.guest(id), viewer) !== undefined))
    return 'needed-guest-away'
  if (config !== undefined) {
    if (hasStoppedDaemon(world)) return 'daemon-stopped'
    if (config.state !== 'started') return 'requested-otherwise'
    if (manager.disarm !== undefined) return 'ha-disarmed'
    const service: ServiceStatus | undefined = manager.serviceStatus[guest.id]
    const concerned = [config.node, service?.node, service?.target]
    if (concerned.some((node) => node !== undefined && hasEndingDaemon(world, node)))
      return 'daemon-does-not-end'
    if (service?.state === 'error') return 'service-in-error'
    if (manager.nodeRequest[config.node]?.maintenance === true) return 'node-in-maintenance'
  } else if (guest.host === undefined) return 'down-outside-ha'
  const node = guest.host ?? config?.node ?? guest.spec.node
  if (isDiskBlocked(world, guest, node)) return 'disk-blocked'
  const { spec } = world.node(node)
  if (world.load.demandMiB(spec) > spec.ramMiB) return 'too-little-memory'
  return undefined
}

/** A daemon of HA, or one it stands on, was ended on some node, and nobody has started it again. */
function hasStoppedDaemon({ nodes, units }: World): boolean {
  return nodes.some((node) => nodeUnits.some((unit) => units.isEnded(node, unit)))
}

/**
 * A daemon of HA was asked to end there and has not. An LRM whose service began to move just before it was to be frozen
 * waits for a move that it no longer makes.
 */
function hasEndingDaemon(world: World, node: string): boolean {
  return nodeUnits.some((unit) => world.units.isEnding(world.node(node), unit))
}

/** Its system is up, and the service that clients use was stopped or has died for good. */
function hasStoppedService({ reach, services }: GuestMachine): boolean {
  if (reach !== 'kernel' || services === undefined) return false
  const state = services.stateOf(services.front.name)
  return state === 'inactive' || state === 'failed'
}

/**
 * Its disk does not answer there, and no time will mend that: it lies on another node, its copies went different ways,
 * or Ceph is held back. An NFS server that serves, and a Ceph that nobody holds back, have no such excuse.
 */
function isDiskBlocked({ ceph }: World, { disk }: GuestMachine, node: string): boolean {
  if (disk.startRefusal(node) === undefined && disk.answers(node) && disk.opens(node)) return false
  if (disk instanceof DrbdDisk) return disk.isSplit
  if (disk.storage?.kind === 'rbd') return isHeldBack(ceph)
  return disk.storage?.kind !== 'nfs'
}

/** By flags, OSDs that somebody took out, monitors that nobody has started again, or a disk that is full. */
function isHeldBack({ monitors, osdMap }: World['ceph']): boolean {
  return (
    osdMap.flags.size > 0 ||
    osdMap.existing.some(
      (osd) => osd.flags.size > 0 || (!osd.in && !osd.autoOut) || (osd.in && osd.fullness === 'full'),
    ) ||
    monitors.names.some((name) => !monitors.isRunning(name))
  )
}
