import assert from 'node:assert'
import { type Lab, type LabGuest, type LabStorage, storageOfGuest } from '../../../shared/domain/lab.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { World } from './world.ts'

interface Surroundings {
  readonly world: Pick<World, 'ceph' | 'storages'>
  createGuest(spec: LabGuest): GuestMachine
}

/** The guests of a lab and its storages, which come and go; whoever was given the lab at first keeps what he had. */
export class LabInventory {
  readonly #with: Surroundings
  readonly #specs: LabGuest[]
  readonly #storages: LabStorage[]
  readonly #guests: GuestMachine[] = []
  readonly #guestsById = new Map<string, GuestMachine>()
  /** As it is now. */
  readonly lab: Lab

  constructor(lab: Lab, surroundings: Surroundings) {
    this.#with = surroundings
    this.#specs = [...lab.guests]
    this.#storages = [...(lab.storages ?? [])]
    this.lab = { ...lab, guests: this.#specs, storages: this.#storages }
  }

  /** Those the lab has at first, once there is everything that they need. */
  createGuests(): void {
    for (const spec of this.#specs) this.#enter(this.#with.createGuest(spec))
  }

  get guests(): readonly GuestMachine[] {
    return this.#guests
  }

  guest(id: string): GuestMachine {
    const guest = this.#guestsById.get(id)
    assert(guest !== undefined, `no such guest: ${id}`)
    return guest
  }

  #enter(guest: GuestMachine): void {
    this.#guests.push(guest)
    this.#guestsById.set(guest.id, guest)
  }

  /** A storage on a pool of Ceph that somebody defines while the lab runs. Its name must be free. */
  addPoolStorage(name: string): void {
    assert(!this.#storages.some((storage) => storage.name === name), `there is a storage ${name}`)
    this.#storages.push({ kind: 'rbd', name })
  }

  /** Undefines a storage that no guest uses. */
  removeStorage(name: string): void {
    const at = this.#storages.findIndex((storage) => storage.name === name)
    if (at >= 0) this.#storages.splice(at, 1)
  }

  /** A guest that somebody creates while the lab runs. Its id must be free. */
  addGuest(spec: LabGuest): GuestMachine {
    assert(!this.#guestsById.has(spec.id), `there is a guest ${spec.id}`)
    this.#specs.push(spec)
    this.#with.world.storages.add(spec)
    this.#countInPool(spec, 1)
    const guest = this.#with.createGuest(spec)
    this.#enter(guest)
    return guest
  }

  /** Destroys a guest without process, with its disk and what it wrote. */
  removeGuest(id: string): void {
    const guest = this.guest(id)
    assert(guest.host === undefined, `${id} has a process on ${guest.host}`)
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    this.#specs.splice(this.#specs.indexOf(guest.spec), 1)
    this.#guestsById.delete(id)
    this.#countInPool(guest.spec, -1)
    this.#with.world.storages.remove(id)
  }

  #countInPool(spec: LabGuest, change: 1 | -1): void {
    if (storageOfGuest(this.lab, spec)?.kind === 'rbd') this.#with.world.ceph.pools.guestDisksChanged(change)
  }

  /**
   * Copies the disk of a guest, whose configuration lies on `node`, to another storage of the lab, without replication. Of storages that
   * are not the lab's own there are no disks, so for them nothing changes.
   */
  moveDisk(id: string, storage: string, node: string): void {
    const guest = this.guest(id)
    const { storage: _old, replication: _jobs, ...rest } = guest.spec
    const spec = [
      { ...rest, node, storage },
      { ...rest, node },
    ].find((candidate) => storageOfGuest(this.lab, candidate)?.name === storage)
    if (spec === undefined) return
    this.#countInPool(guest.spec, -1)
    this.#countInPool(spec, 1)
    this.#specs[this.#specs.indexOf(guest.spec)] = spec
    guest.adoptDisk(spec, this.#with.world.storages.move(spec))
  }
}
