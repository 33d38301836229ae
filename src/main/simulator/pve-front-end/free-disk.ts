import type { NodeDisk } from '../world/node-disks.ts'
import { refuse } from './api-error.ts'
import type { ServedLab } from './served-lab.ts'

export function diskAt({ world }: ServedLab, node: string, device: string): NodeDisk {
  return world.disks.find(node, device) ?? refuse(`unable to get disk info for '${device}'`)
}

/** A disk with nothing on it but a partition table. */
export function freeDisk(lab: ServedLab, node: string, device: string): NodeDisk {
  const disk = diskAt(lab, node, device)
  const isFree = disk.content.kind === 'empty' || disk.content.kind === 'gpt'
  return isFree ? disk : refuse(`device '${device}' is already in use`)
}
