/** Load of nodes and guests as the API reports it, from what the world knows and a few assumptions. */
import type { GuestMachine } from '../world/guest-machine.ts'
import type { ServedLab } from './served-lab.ts'

export const mebibyte = 2 ** 20
export const gibibyte = 2 ** 30
/** A fresh installation of a node takes about that much of its system disk. */
const systemUsedBytes = 3 * gibibyte
/** Share of a processor that an idle node, and each running guest, keeps busy: an assumption. */
const idleShare = 0.02
const guestShare = 0.01

export interface NodeFigures {
  readonly cpu: number
  readonly maxcpu: number
  readonly mem: number
  readonly maxmem: number
  readonly disk: number
  readonly maxdisk: number
  readonly uptime: number
}

export function nodeFigures({ world }: ServedLab, name: string): NodeFigures {
  const node = world.node(name)
  const guests = world.guests.filter((guest) => guest.host === name).length
  const maxmem = node.spec.ramMiB * mebibyte
  return {
    cpu: Math.min(1, idleShare + (guestShare * guests) / node.spec.cpus),
    maxcpu: node.spec.cpus,
    mem: Math.min(maxmem, world.load.demandMiB(node.spec) * mebibyte),
    maxmem,
    disk: systemUsedBytes,
    maxdisk: node.spec.systemDiskGB * gibibyte,
    uptime: node.upSinceMs === undefined ? 0 : Math.floor((world.scheduler.nowMs() - node.upSinceMs) / 1000),
  }
}

export interface GuestFigures {
  readonly cpu: number
  readonly mem: number
  readonly maxmem: number
  readonly disk: number
  readonly maxdisk: number
  readonly uptime: number
  readonly netin: number
  readonly netout: number
  /** From 9 on, with the pressures of whatever runs. */
  readonly memhost?: number
}

/** Waiting for processors, disks and memory; nobody does as far as these figures go (an assumption). */
const pressures = {
  pressurecpusome: 0,
  pressurecpufull: 0,
  pressureiosome: 0,
  pressureiofull: 0,
  pressurememorysome: 0,
  pressurememoryfull: 0,
}

/** `isRunning` as the one who reports sees it. */
export function guestFigures(lab: ServedLab, guest: GuestMachine, isRunning: boolean): GuestFigures {
  const { world } = lab
  const { processSinceMs } = guest
  const uptime =
    !isRunning || processSinceMs === undefined
      ? 0
      : Math.floor((world.scheduler.nowMs() - processSinceMs) / 1000)
  const mem = isRunning ? world.load.residentMiB(guest.spec) * mebibyte : 0
  return {
    cpu: isRunning ? guestShare : 0,
    mem,
    ...(lab.isSince('9.0') ? { memhost: mem, ...(isRunning ? pressures : {}) } : {}),
    maxmem: guest.spec.ramMiB * mebibyte,
    disk: 0,
    maxdisk: guest.spec.diskGB * gibibyte,
    uptime,
    // Somebody asks a guest about once a second.
    netin: uptime * 98,
    netout: uptime * 98,
  }
}
