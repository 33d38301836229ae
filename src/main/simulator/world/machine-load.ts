import {
  type GuestKind,
  guestKindOf,
  type Lab,
  type LabGuest,
  type LabNode,
} from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'
import type { MovingMemory } from './pre-copy.ts'

/** Who uses memory now: nodes that are on, and the node of each guest that has a process. */
export interface Usage {
  isOn(node: string): boolean
  hostOf(guest: string): string | undefined
  /** The node a guest is on its way to, which holds its memory too. */
  arrivalOf(guest: string): string | undefined
  /** Ceph's daemons there. */
  cephOn(node: LabNode): { readonly monitor: boolean; readonly manager: boolean; readonly osds: number }
}

/**
 * Memory and processors of the laptop and its nodes. Memory is committed lazily, as KVM does: what is touched
 * counts, not what is configured. More than there is means swapping, so everything gets slower; more than
 * memory and swap together means that the kernel kills the largest guest.
 */
export class MachineLoad {
  readonly #lab: Lab
  readonly #parameters: WorldParameters
  readonly #usage: Usage

  constructor(lab: Lab, parameters: WorldParameters, usage: Usage) {
    this.#lab = lab
    this.#parameters = parameters
    this.#usage = usage
  }

  /** Touched memory of a node that is on, in MiB. */
  demandMiB(node: LabNode): number {
    const { hostOf, arrivalOf } = this.#usage
    const guests = this.#lab.guests.filter(
      ({ id }) => hostOf(id) === node.name || arrivalOf(id) === node.name,
    )
    return (
      this.#parameters.nodeBaseMemory +
      this.#cephMiB(node) +
      guests.reduce((sum, guest) => sum + this.residentMiB(guest), 0)
    )
  }

  residentMiB(guest: LabGuest): number {
    const share =
      guestKindOf(guest.id) === 'vm' ? this.#parameters.guestResidentVm : this.#parameters.guestResidentCt
    return Math.round(guest.ramMiB * share)
  }

  /** Its memory as a live migration meets it, while its service answers so many requests. */
  movingMemory(guest: LabGuest, answeredPerSecond: number): MovingMemory {
    const { guestDirtyRate, guestDirtyPerRequest } = this.#parameters
    const residentMiB = this.residentMiB(guest)
    return {
      residentMiB,
      dirtyMiBPerSecond: guest.dirtyMiBPerSecond ?? guestDirtyRate + answeredPerSecond * guestDirtyPerRequest,
      workingSetMiB: residentMiB * this.#parameters.guestWorkingSet,
    }
  }

  swapMiB(node: LabNode): number {
    if (node.swapMiB !== undefined) return node.swapMiB
    const { nodeSwapLeast, nodeSwapMost, nodeSwapDiskShare } = this.#parameters
    const bySize = Math.min(Math.max(node.ramMiB, nodeSwapLeast), nodeSwapMost)
    return Math.min(bySize, Math.floor(node.systemDiskGB * 1024 * nodeSwapDiskShare))
  }

  /** Demand above memory and swap together, in MiB; the kernel must kill something. */
  excessMiB(node: LabNode): number {
    return Math.max(0, this.demandMiB(node) - node.ramMiB - this.swapMiB(node))
  }

  /** Room in which no daemon of Ceph has to go, whatever it does. */
  get cephRoomEnoughMiB(): number {
    const { monMemory, mgrMemory, osdRecoveryMemory } = this.#parameters
    return monMemory + mgrMemory + osdRecoveryMemory
  }

  /** What the node has left for Ceph's daemons, memory and swap together. */
  cephRoomMiB(node: LabNode): number {
    return node.ramMiB + this.swapMiB(node) - this.demandMiB(node) + this.#cephMiB(node)
  }

  /** All daemons together were measured under light load; without an OSD there are the others. */
  #cephMiB(node: LabNode): number {
    const { cephNodeMemory, monMemory, mgrMemory } = this.#parameters
    const { osds, monitor, manager } = this.#usage.cephOn(node)
    if (osds > 0) return cephNodeMemory
    return (monitor ? monMemory : 0) + (manager ? mgrMemory : 0)
  }

  /** By how much its demand exceeds what memory and the swapping of idle pages bear, in parts of its memory. */
  thrashing(node: LabNode): number {
    return Math.max(0, this.pressure(node) - this.#parameters.swapThrashFrom)
  }

  /** What the management interface of a node takes longer than on one that does not swap pages in use. */
  apiDelayMs(node: LabNode, random: Random): number {
    const thrashing = this.thrashing(node)
    return thrashing === 0 ? 0 : thrashing * millisecondsIn(this.#parameters.swapApiDelay, random)
  }

  /** How many times longer work of a guest takes there than on an idle machine with enough memory. */
  guestSlowdown(node: LabNode, kind: GuestKind): number {
    const isEmulated = kind === 'vm' && this.#lab.laptop.nestedVirtualization === false
    return this.slowdown(node) * (isEmulated ? this.#parameters.vmEmulationSlowdown : 1)
  }

  /** Demand against the memory there is. */
  pressure(node: LabNode): number {
    return this.demandMiB(node) / node.ramMiB
  }

  laptopPressure(): number {
    const used = this.#nodesOn().reduce((sum, node) => sum + Math.min(this.demandMiB(node), node.ramMiB), 0)
    return (used + this.#parameters.hostBaseMemory) / this.#lab.laptop.ramMiB
  }

  /** How many times slower than an idle machine with enough memory this node works. */
  slowdown(node: LabNode): number {
    const processors = this.#nodesOn().reduce((sum, other) => sum + other.cpus, 0)
    return (
      this.#slowdownBy(this.pressure(node)) *
      this.#slowdownBy(this.laptopPressure()) *
      Math.max(1, processors / this.#lab.laptop.threads)
    )
  }

  #slowdownBy(pressure: number): number {
    const { pressureFree, pressureSlowdown, pressureSlowdownMost } = this.#parameters
    return Math.min(1 + Math.max(0, pressure - pressureFree) * pressureSlowdown, pressureSlowdownMost)
  }

  #nodesOn(): readonly LabNode[] {
    return this.#lab.nodes.filter((node) => this.#usage.isOn(node.name))
  }
}
