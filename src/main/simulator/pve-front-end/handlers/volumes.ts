/** Names and sizes of guests' volumes. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { gibibyte } from '../load-figures.ts'
import type { ServedLab } from '../served-lab.ts'
import { storages } from '../storages.ts'
import type { RunningTask } from '../tasks.ts'

/** Copying a disk, per GiB (an assumption). */
export const copyMsPerGiB = 1500

export const diskName = /^(scsi|virtio|sata|ide|rootfs|mp|efidisk|tpmstate)\d*$/

interface NewDisk {
  readonly kind: GuestMachine['kind']
  readonly storage: string
  readonly vmid: string
  readonly number: number
  readonly gib: number
  readonly format: string | undefined
}

/** The name of a new volume; in a directory it is a file that qemu-img formats. */
export function newVolume(
  lab: ServedLab,
  task: Pick<RunningTask, 'log'>,
  { kind, storage, vmid, number, gib, format }: NewDisk,
): string {
  const place = storages(lab).find((known) => known.storage === storage)
  const path = place?.configuration.path
  // A container's disk in a pool of file systems is one of them.
  const prefix = kind === 'ct' && place?.type === 'zfspool' ? 'subvol' : 'vm'
  if (typeof path !== 'string') return `${storage}:${prefix}-${vmid}-disk-${number}`
  const form = format ?? 'raw'
  const file = `vm-${vmid}-disk-${number}.${form}`
  const size = gib * gibibyte
  const layout =
    form === 'qcow2'
      ? `cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size=${size} lazy_refcounts=off refcount_bits=16`
      : `size=${size} preallocation=off`
  task.log(`Formatting '${path}/images/${vmid}/${file}', fmt=${form} ${layout}`)
  return `${storage}:${vmid}/${file}`
}

export function sizeGiB(disk: string): number {
  return Number(/size=(\d+)G/.exec(disk)?.[1] ?? 0)
}
