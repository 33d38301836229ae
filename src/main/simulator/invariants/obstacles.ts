import type { ServiceStatus } from '../ha/cluster-data.ts'
import type { GuestMachine } from '../world/guest-machine.ts'
import { readManagerStatus, readServices } from '../world/ha-environment.ts'
import type { World } from '../world/world.ts'

/** Why a guest that should serve does not, although nothing is broken any more. Each needs a person. */
export type Obstacle =
  | 'requested-otherwise'
  | 'ha-disarmed'
  | 'service-in-error'
  | 'killed-outside-ha'
  | 'paused'
  | 'node-in-maintenance'
  | 'disk-blocked'
  | 'too-little-memory'

/** The first obstacle in a guest's way, as an administrator on that node would find it. */
export function obstacleOf(world: World, guest: GuestMachine, viewer: string): Obstacle | undefined {
  const config = readServices(world.shared, viewer)[guest.id]
  const manager = readManagerStatus(world.shared, viewer)
  if (guest.isPaused) return 'paused'
  if (config !== undefined) {
    if (config.state !== 'started') return 'requested-otherwise'
    if (manager.disarm !== undefined) return 'ha-disarmed'
    const service: ServiceStatus | undefined = manager.serviceStatus[guest.id]
    if (service?.state === 'error') return 'service-in-error'
    if (manager.nodeRequest[config.node]?.maintenance === true) return 'node-in-maintenance'
  } else if (guest.host === undefined) return 'killed-outside-ha'
  const node = guest.host ?? config?.node ?? guest.spec.node
  const { disk } = guest
  if (disk.startRefusal(node) !== undefined || !disk.answers(node) || !disk.opens(node)) return 'disk-blocked'
  const { spec } = world.node(node)
  if (world.load.demandMiB(spec) > spec.ramMiB) return 'too-little-memory'
  return undefined
}
