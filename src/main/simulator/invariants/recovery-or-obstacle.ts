import { laptopEnd } from '../world/network.ts'
import type { Invariant, InvariantPlace } from './invariant.ts'
import { obstacleOf } from './obstacles.ts'

/**
 * Within this time of a whole lab every guest serves: a shutdown under way (up to 180 s), a lock's life with two
 * attempts (140 s), fencing and start, each with the slowness of crowded nodes.
 */
export const recoverySeconds = 15 * 60

/** A guest that is requested to run serves some time after the lab has become whole, or something names why not. */
export function recoveryOrObstacle({ world, report }: InvariantPlace): Invariant {
  const nowMs = () => world.scheduler.nowMs()
  let wholeSinceMs: number | undefined
  /** Since when a guest does not serve, counted from when its last obstacle was gone. */
  const downSinceMs = new Map<string, number>()
  const corosyncNetworks = world.lab.networks?.corosyncLinks ?? ['cluster']
  const isWhole = () =>
    // Where packets are lost or late the nodes reach each other, and yet no ring need last.
    corosyncNetworks.some((network) => world.network.isAsBuilt(network)) &&
    world.nodes.every(
      ({ name, networkUp }) =>
        networkUp &&
        // Guests that need each other meet over the network of management.
        world.nodes.every(
          ({ name: other }) =>
            world.network.reaches(name, other, 'cluster') && world.network.reaches(name, other, 'management'),
        ) &&
        world.network.reaches(laptopEnd, name, 'management'),
    ) &&
    world.storages.servers.every(({ serves }) => serves) &&
    world.ceph.osdMap.osds.every((osd) => osd.process !== 'none')
  return {
    stateChanged() {
      wholeSinceMs = isWhole() ? (wholeSinceMs ?? nowMs()) : undefined
      for (const guest of world.guests)
        if (guest.reach === 'serving') downSinceMs.delete(guest.id)
        else if (!downSinceMs.has(guest.id)) downSinceMs.set(guest.id, nowMs())
    },
    timePassed() {
      const viewer = world.nodes[0]?.name
      if (wholeSinceMs === undefined || viewer === undefined) return
      for (const [id, sinceMs] of downSinceMs) {
        const guest = world.guest(id)
        if (obstacleOf(world, guest, viewer) !== undefined) downSinceMs.set(id, nowMs())
        else if (nowMs() - Math.max(sinceMs, wholeSinceMs) >= recoverySeconds * 1000)
          report(id, `${guest.reach} on ${guest.host ?? 'no node'}, and nothing is in its way`)
      }
    },
  }
}
