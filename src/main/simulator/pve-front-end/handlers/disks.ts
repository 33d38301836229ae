/** Disks of a node, and what is made of them: partition tables, ZFS pools, volume groups, directories. */
import type { DiskContent, NodeDisk } from '../../world/node-disks.ts'
import { refuse } from '../api-error.ts'
import { diskAt } from '../free-disk.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { gibibyte } from '../load-figures.ts'
import { NodeTask } from '../node-task.ts'
import { diskPoolHandlers } from './disk-pools.ts'

const disks = '/nodes/{node}/disks'

export const diskHandlers: Handlers = {
  [`GET ${disks}`]: index('name', 'directory initgpt list lvm lvmthin smart wipedisk zfs'),
  [`GET ${disks}/list`]: list,
  [`GET ${disks}/smart`]: smart,
  [`POST ${disks}/initgpt`]: initialize,
  [`PUT ${disks}/wipedisk`]: wipe,
  ...diskPoolHandlers,
}

/** Writing a partition table, and wiping the first 200 MiB of a disk (assumptions). */
const tableMs = 1200
const wipeMs = 2000

interface Shown {
  /** How the API calls what uses a disk; absent where nothing does. */
  readonly used?: string
  readonly hasTable: boolean
  readonly isMounted: boolean
}

const shownAs: Readonly<Record<DiskContent['kind'], Shown>> = {
  system: { used: 'partitions', hasTable: true, isMounted: true },
  empty: { hasTable: false, isMounted: false },
  gpt: { hasTable: true, isMounted: false },
  osd: { used: 'LVM', hasTable: false, isMounted: false },
  remains: { used: 'LVM', hasTable: false, isMounted: false },
  zfs: { used: 'ZFS', hasTable: true, isMounted: false },
  lvm: { used: 'LVM', hasTable: false, isMounted: false },
  lvmthin: { used: 'LVM', hasTable: false, isMounted: false },
  directory: { used: 'partitions', hasTable: true, isMounted: true },
}

function list({ lab, node, parameters }: Call) {
  const type = parameters.text('type')
  const shown = lab.world.disks
    .of(node)
    .filter(({ content }) => type === undefined || shownAs[content.kind].used === undefined)
  return shown.flatMap((disk) => [
    entry(node, disk),
    ...(parameters.flag('include-partitions') ? partitions(node, disk) : []),
  ])
}

function entry(node: string, { name, sizeGiB, content }: NodeDisk) {
  const { used, hasTable, isMounted } = shownAs[content.kind]
  const ids = content.kind === 'osd' ? content.ids : []
  return {
    devpath: `/dev/${name}`,
    size: sizeGiB * gibibyte,
    model: 'QEMU_HARDDISK',
    vendor: 'QEMU',
    serial: `kuorum-${node}-${name}`,
    wwn: 'unknown',
    health: 'UNKNOWN',
    type: 'hdd',
    rpm: -1,
    wearout: 'N/A',
    gpt: Number(hasTable),
    mounted: Number(isMounted),
    osdid: ids[0] ?? -1,
    'osdid-list': ids,
    ...(used === undefined ? {} : { used }),
  }
}

export interface Partition {
  readonly number: number
  readonly sizeBytes: number
  readonly used: string
  readonly mountPoint?: string
}

const mebibyte = 1024 ** 2

/** Those the installer makes, and those that ZFS and a directory bring along. */
export function partitionsOf({ content, sizeGiB }: NodeDisk): readonly Partition[] {
  const all = sizeGiB * gibibyte
  switch (content.kind) {
    case 'system':
      return [
        { number: 1, sizeBytes: 1007 * 1024, used: 'BIOS boot' },
        { number: 2, sizeBytes: gibibyte, used: 'EFI', mountPoint: '/boot/efi' },
        { number: 3, sizeBytes: all - gibibyte - mebibyte, used: 'LVM' },
      ]
    case 'zfs':
      return [
        { number: 1, sizeBytes: all - 9 * mebibyte, used: 'ZFS' },
        { number: 9, sizeBytes: 8 * mebibyte, used: 'ZFS reserved' },
      ]
    case 'directory':
      return [
        {
          number: 1,
          sizeBytes: all - mebibyte,
          used: content.filesystem,
          mountPoint: `/mnt/pve/${content.name}`,
        },
      ]
    default:
      return []
  }
}

function partitions(node: string, disk: NodeDisk) {
  return partitionsOf(disk).map(({ number, sizeBytes, used, mountPoint }) => ({
    ...entry(node, disk),
    devpath: `/dev/${disk.name}${number}`,
    parent: `/dev/${disk.name}`,
    size: sizeBytes,
    mounted: Number(mountPoint !== undefined),
    used,
  }))
}

/** Virtual disks have no SMART. */
function smart({ lab, node, parameters }: Call) {
  diskAt(lab, node, parameters.required('disk'))
  const health = 'UNKNOWN'
  if (parameters.flag('healthonly')) return { health }
  return {
    health,
    type: 'text',
    text: 'SMART support is:     Unavailable - device lacks SMART capability.\n',
  }
}

function initialize(call: Call): string {
  const { lab, node, parameters } = call
  const device = parameters.required('disk')
  const { name, content } = diskAt(lab, node, device)
  if (content.kind !== 'empty') refuse(`disk ${device} already in use`)
  const task = new NodeTask(call, 'diskinit', name)
  task.log('# /sbin/sgdisk --clear --mbrtogpt /dev/'.concat(name))
  task.after(tableMs, () => {
    lab.world.disks.fill(node, name, { kind: 'gpt' })
    task.log('The operation has completed successfully.')
    task.end()
  })
  return task.upid
}

/** Why nobody may wipe it; undefined where one may. */
function holderOf({ name, content }: NodeDisk): string | undefined {
  if (content.kind === 'empty' || content.kind === 'gpt') return undefined
  if (content.kind === 'directory') return `disk/partition '/dev/${name}1' is mounted`
  const part = content.kind === 'system' ? '3' : content.kind === 'zfs' ? '1' : ''
  return `disk/partition '/dev/${name}${part}' has a holder`
}

function wipe(call: Call): string {
  const { lab, node, parameters } = call
  const disk = diskAt(lab, node, parameters.required('disk'))
  const holder = holderOf(disk)
  if (holder !== undefined) refuse(holder)
  const task = new NodeTask(call, 'wipedisk', disk.name)
  task.log(`wiping disk/partition: /dev/${disk.name}`)
  task.after(wipeMs, () => {
    lab.world.disks.fill(node, disk.name, { kind: 'empty' })
    task.end()
  })
  return task.upid
}
