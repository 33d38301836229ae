import type { World } from '../world/world.ts'

/**
 * Notices that something changed that an invariant can depend on: power, processes of guests and OSDs, answers of
 * disks, the map. Comparing costs a microsecond, so it is done after every event; between events nothing changes.
 */
export class StateFingerprint {
  readonly #world: World
  readonly #seen: unknown[] = []

  constructor(world: World) {
    this.#world = world
  }

  /** Whether anything differs from the last call. */
  hasChanged(): boolean {
    const { nodes, guests, ceph, corosync } = this.#world
    const seen = this.#seen
    let index = 0
    let changed = false
    const compare = (value: unknown) => {
      if (seen[index] !== value) {
        seen[index] = value
        changed = true
      }
      index += 1
    }
    for (const node of nodes) {
      compare(node.networkUp)
      compare(node.isStopping)
      compare(corosync.isRunning(node.name))
      compare(ceph.diskAnswers(node.name))
    }
    for (const guest of guests) {
      compare(guest.host)
      compare(guest.reach)
    }
    for (const osd of ceph.osdMap.osds) compare(osd.process)
    compare(ceph.osdMap.epoch)
    compare(ceph.monitors.leader)
    return changed
  }
}
