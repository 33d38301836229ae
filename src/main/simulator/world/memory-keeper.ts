import type { LabNode } from '../../../shared/domain/lab.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { SwapStalls } from './swap-stalls.ts'
import type { World } from './world.ts'

interface Surroundings {
  readonly world: Pick<World, 'lab' | 'nodes' | 'guests' | 'parameters' | 'load' | 'ceph'>
  readonly stalls: SwapStalls
  log(node: string, source: string, level: string, message: string): void
}

/**
 * Says when memory gets tight, and kills the largest guest of a node when memory and swap are used up. Nodes that swap
 * stall, and Ceph has to do with what guests leave.
 */
export class MemoryKeeper {
  readonly #with: Surroundings
  readonly #tightNodes = new Set<string>()
  #laptopTight = false

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** A guest's process came, went or moved. */
  usageChanged(guest: GuestMachine): void {
    for (const node of this.#with.world.lab.nodes) this.#watch(node)
    this.#watchLaptop()
    const host = this.#with.world.lab.nodes.find((node) => node.name === guest.host)
    if (host !== undefined) this.#killLargest(host)
  }

  /** Memory in demand, or who has power, may be another now. */
  reconsider(): void {
    const { world, stalls } = this.#with
    const { load, ceph } = world
    for (const node of world.nodes) {
      stalls.reconsider(node)
      if (!ceph.has(node.name)) continue
      const roomMiB = load.cephRoomMiB(node.spec)
      const isEnough = roomMiB >= load.cephRoomEnoughMiB
      ceph.memory.set(node.name, isEnough ? Number.POSITIVE_INFINITY : roomMiB)
    }
  }

  #watch(node: LabNode): void {
    const { world, log } = this.#with
    const isTight = world.load.pressure(node) > 1
    if (isTight === this.#tightNodes.has(node.name)) return
    if (!isTight) {
      this.#tightNodes.delete(node.name)
      return
    }
    this.#tightNodes.add(node.name)
    const demandMiB = Math.round(world.load.demandMiB(node))
    log(
      node.name,
      'lab',
      'warning',
      `memory in demand ${demandMiB} MiB of ${node.ramMiB} MiB, the rest is swapped`,
    )
  }

  #watchLaptop(): void {
    const { world, log } = this.#with
    const pressure = world.load.laptopPressure()
    if (pressure > 1 && !this.#laptopTight)
      log(
        'laptop',
        'lab',
        'warning',
        `memory in demand ${Math.round(pressure * 100)} % of ${world.lab.laptop.ramMiB} MiB`,
      )
    this.#laptopTight = pressure > 1
  }

  #killLargest(node: LabNode): void {
    const { world, log } = this.#with
    if (world.load.excessMiB(node) === 0) return
    const [largest] = world.guests
      .filter((guest) => guest.host === node.name)
      .sort((a, b) => world.load.residentMiB(b.spec) - world.load.residentMiB(a.spec))
    // Where an OSD is larger it goes first, if any of Ceph has to go.
    const largestOfCephMiB =
      world.ceph.osdMap.osdsOn(node.name).length > 0 ? world.parameters.osdLoadMemory : 0
    if (largest === undefined || world.load.residentMiB(largest.spec) < largestOfCephMiB) return
    const process = largest.kind === 'vm' ? 'kvm' : 'lxc-start'
    log(node.name, 'kernel', 'err', `Out of memory: Killed process of ${largest.id} (${process})`)
    largest.kill()
  }
}
