import type { World } from '../world/world.ts'

/** What differs from the last time. */
export interface StateChange {
  /** Power, daemons, disks, servers, or the map of Ceph. */
  readonly places: boolean
  readonly guests: boolean
}

const nothing: StateChange = { places: false, guests: false }

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

  /** What differs from the last call. */
  change(): StateChange {
    const { nodes, guests, ceph, corosync, storages } = this.#world
    this.#index = 0
    this.#changed = false
    for (const node of nodes) {
      this.#compare(node.networkUp)
      this.#compare(node.isStopping)
    }
    this.#compare(corosync.version)
    this.#compare(ceph.disks.version)
    for (const server of storages.servers) this.#compare(server.serves)
    for (const osd of ceph.osdMap.osds) this.#compare(osd.process)
    this.#compare(ceph.osdMap.epoch)
    this.#compare(ceph.data.version)
    this.#compare(ceph.monitors.leader)
    const places = this.#changed
    this.#changed = false
    for (const guest of guests) {
      this.#compare(guest.host)
      this.#compare(guest.reach)
    }
    return places || this.#changed ? { places, guests: this.#changed } : nothing
  }

  #compare(value: unknown): void {
    if (this.#seen[this.#index] !== value) {
      this.#seen[this.#index] = value
      this.#changed = true
    }
    this.#index += 1
  }
}
