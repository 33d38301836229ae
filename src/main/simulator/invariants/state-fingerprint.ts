import type { World } from '../world/world.ts'

/**
 * Notices that something changed that an invariant can depend on: power, processes of guests and OSDs, answers of
 * disks, the map. Comparing costs a microsecond, so it is done after every event; between events nothing changes.
 */
export class StateFingerprint {
  readonly #world: World
  readonly #seen: unknown[] = []
  #index = 0
  #changed = false

  constructor(world: World) {
    this.#world = world
  }

  /** Whether anything differs from the last call. */
  hasChanged(): boolean {
    const { nodes, guests, ceph, corosync, storages } = this.#world
    this.#index = 0
    this.#changed = false
    for (const node of nodes) {
      this.#compare(node.networkUp)
      this.#compare(node.isStopping)
      this.#compare(corosync.isRunning(node.name))
      this.#compare(ceph.diskAnswers(node.name))
    }
    for (const guest of guests) {
      this.#compare(guest.host)
      this.#compare(guest.reach)
    }
    for (const server of storages.servers) this.#compare(server.serves)
    for (const osd of ceph.osdMap.osds) this.#compare(osd.process)
    this.#compare(ceph.osdMap.epoch)
    this.#compare(ceph.data.recoveries)
    this.#compare(ceph.monitors.leader)
    return this.#changed
  }

  #compare(value: unknown): void {
    if (this.#seen[this.#index] !== value) {
      this.#seen[this.#index] = value
      this.#changed = true
    }
    this.#index += 1
  }
}
