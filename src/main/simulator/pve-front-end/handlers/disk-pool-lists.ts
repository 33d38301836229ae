/** What of the data disks the API lists as pools, volume groups and directories. */
import type { DiskContent, NodeDisk } from '../../world/node-disks.ts'
import { refuse } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { gibibyte } from '../load-figures.ts'
import { storageFigures, storages } from '../storages.ts'

export type PoolKind = Extract<DiskContent, { readonly name: string }>['kind']

const disks = '/nodes/{node}/disks'

export const diskPoolListHandlers: Handlers = {
  [`GET ${disks}/zfs`]: (call) => zfsPools(call),
  [`GET ${disks}/zfs/{name}`]: zfsDetail,
  [`GET ${disks}/lvm`]: volumeGroups,
  [`GET ${disks}/lvmthin`]: thinPools,
  [`GET ${disks}/directory`]: directories,
}

/** Disks on which something of that kind lies. */
export function contentsOf<Kind extends PoolKind>({ lab, node }: Call, kind: Kind) {
  return lab.world.disks
    .of(node)
    .filter(
      (disk): disk is NodeDisk & { readonly content: Extract<DiskContent, { readonly kind: Kind }> } =>
        disk.content.kind === kind,
    )
}

/** On the data disks, and those that the lab names. */
export function zfsPools(call: Call) {
  const { lab, node } = call
  const pool = (name: string, size: number, alloc: number) => ({
    name,
    size: Math.floor(size),
    alloc,
    free: Math.floor(size) - alloc,
    frag: 0,
    dedup: 1,
    health: 'ONLINE',
  })
  const own = new Map<string, { disks: number; bytes: number; raid: string }>()
  for (const { content, sizeGiB } of contentsOf(call, 'zfs')) {
    const before = own.get(content.name) ?? { disks: 0, bytes: 0, raid: content.raid }
    own.set(content.name, { ...before, disks: before.disks + 1, bytes: before.bytes + sizeGiB * gibibyte })
  }
  const made = [...own].map(([name, { disks: count, bytes, raid }]) => {
    const share = raid === 'mirror' ? 1 / count : raid === 'raid10' ? 1 / 2 : 1
    return pool(name, bytes * share * zfsUsable, zfsEmptyBytes)
  })
  const named = storages(lab)
    .filter(({ storage, type }) => type === 'zfspool' && isNamed(call, storage))
    .map((storage) => {
      const { total, used } = storageFigures(lab, storage, node)
      return pool(String(storage.configuration.pool), total, used)
    })
  return [...made, ...named]
}

const isNamed = ({ lab }: Call, storage: string) =>
  lab.world.lab.storages?.some(({ name }) => name === storage) === true

/** Part of a disk that a pool shows as its size, and what an empty one has allocated (assumptions). */
const zfsUsable = 0.97
const zfsEmptyBytes = 110 * 1024

function zfsDetail(call: Call) {
  const name = call.parameters.required('name')
  if (!zfsPools(call).some((pool) => pool.name === name)) refuse(`no such pool '${name}'`)
  const vdev = (of: string, children: readonly object[] = []) => ({
    name: of,
    state: 'ONLINE',
    read: 0,
    write: 0,
    cksum: 0,
    msg: '',
    leaf: Number(children.length === 0),
    ...(children.length === 0 ? {} : { children }),
  })
  const own = contentsOf(call, 'zfs').filter(({ content }) => content.name === name)
  const devices = own.map((disk) => vdev(disk.name))
  const raid = own[0]?.content.raid ?? 'single'
  const below = raid === 'single' || devices.length === 0 ? devices : [vdev(`${raid}-0`, devices)]
  return {
    name,
    state: 'ONLINE',
    errors: 'No known data errors',
    leaf: 0,
    children: [{ ...vdev(name), leaf: 0, children: below }],
  }
}

const extentBytes = 4 * 1024 ** 2
/** What LVM leaves of a disk: whole extents behind its own data. */
const groupBytes = (gib: number) => Math.floor((gib * gibibyte) / extentBytes - 1) * extentBytes

/** Volume groups on the data disks; that of the installer lies on the system disk, which is not shown here. */
function volumeGroups({ lab, node }: Call) {
  const children = lab.world.disks.of(node).flatMap(({ name, sizeGiB, content }) => {
    const { kind } = content
    const isGroup = kind === 'lvm' || kind === 'lvmthin' || kind === 'osd' || kind === 'remains'
    if (!isGroup) return []
    const group = 'name' in content ? content.name : volumeGroupOf(content.ids[0] ?? 0)
    const size = groupBytes(sizeGiB)
    const free = kind === 'lvm' ? size : 0
    return [
      {
        leaf: 0,
        name: group,
        size,
        free,
        lvcount: kind === 'lvm' ? 0 : 1,
        children: [{ leaf: 1, name: `/dev/${name}`, size, free }],
      },
    ]
  })
  return { leaf: 0, children }
}

/** Of an OSD, as ceph-volume names it. */
export function volumeGroupOf(osd: number): string {
  return `ceph-${String(osd).padStart(8, '0')}-0000-4000-8000-000000000000`
}

function thinPools(call: Call) {
  return contentsOf(call, 'lvmthin').map(({ sizeGiB, content: { name } }) => {
    const size = groupBytes(sizeGiB)
    const metadata = Math.floor(size / 1000 / extentBytes) * extentBytes
    return {
      vg: name,
      lv: name,
      lv_size: size - 2 * metadata,
      used: 0,
      metadata_size: metadata,
      metadata_used: 0,
    }
  })
}

function directories(call: Call) {
  return contentsOf(call, 'directory').map(({ name: disk, content: { name, filesystem } }) => ({
    unitfile: `/etc/systemd/system/mnt-pve-${name}.mount`,
    path: `/mnt/pve/${name}`,
    device: `/dev/disk/by-uuid/kuorum-${call.node}-${disk}1`,
    type: filesystem,
    options: 'defaults',
  }))
}
