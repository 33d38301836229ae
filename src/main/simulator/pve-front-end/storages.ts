/** Storages of a lab: each node's own directory, the Ceph pool where there is one, and what else the lab names. */
import {
  cephPoolStorage,
  type LabGuest,
  type LabStorage,
  storageOfGuest,
} from '../../../shared/domain/lab.ts'
import { guestPoolName } from '../world/ceph/cluster-pools.ts'
import { directoryVolume } from '../world/storage/directory-disk.ts'
import { zfsVolume } from '../world/storage/zfs-disk.ts'
import { gibibyte } from './load-figures.ts'
import type { ServedLab } from './served-lab.ts'

export interface Storage {
  readonly storage: string
  readonly type: LabStorage['kind']
  readonly content: string
  readonly isShared: boolean
  /** As it stands in storage.cfg. */
  readonly configuration: Readonly<Record<string, unknown>>
}

/** Storage of the guests' pool. */
export const poolName = cephPoolStorage.name

const local: Storage = {
  storage: 'local',
  type: 'dir',
  content: 'backup,vztmpl,snippets,rootdir,images,iso',
  isShared: false,
  configuration: { path: '/var/lib/vz', 'prune-backups': 'keep-all=1' },
}

const pool: Storage = {
  storage: poolName,
  type: 'rbd',
  content: 'rootdir,images',
  isShared: true,
  configuration: { pool: guestPoolName, krbd: 0 },
}

const addedFile = 'storage.cfg'

/** What clients have defined while the lab runs. */
export function addedStorages(lab: ServedLab): readonly Storage[] {
  return lab.files.read<readonly Storage[]>('', addedFile, [])
}

export function keepStorages(lab: ServedLab, added: readonly Storage[]): void {
  lab.files.write('', addedFile, added)
}

/** Whether a node may use it: some are for named nodes alone, some for none. */
export function isFor({ configuration }: Storage, node: string): boolean {
  const { nodes, disable } = configuration
  const names = typeof nodes === 'string' ? nodes.split(/[,; ]+/) : undefined
  return disable !== 1 && (names === undefined || names.includes(node))
}

export function storages(lab: ServedLab): readonly Storage[] {
  return [...labStorages(lab), ...addedStorages(lab)]
}

function labStorages(lab: ServedLab): readonly Storage[] {
  const { world } = lab
  const base = world.lab.nodes.some((node) => node.cephDiskGB > 0) ? [local, pool] : [local]
  // Those on pools that a client made are among the added ones.
  const known = new Set([...base, ...addedStorages(lab)].map(({ storage }) => storage))
  const named = (world.lab.storages ?? []).filter(({ name }) => !known.has(name))
  return [...base, ...named.map(servedStorage)]
}

/** Where a guest's disk is; a lab whose disks lie outside shows them in the nodes' own directory. */
export function storageNameOf({ world }: ServedLab, guest: LabGuest): string {
  return storageOfGuest(world.lab, guest)?.name ?? local.storage
}

/** `rbd1:vm-101-disk-0`. */
export function volumeOf({ world }: ServedLab, guest: LabGuest): string {
  const storage = storageOfGuest(world.lab, guest)
  const number = guest.id.slice(3)
  if (storage?.kind === 'dir' || storage?.kind === 'nfs') return directoryVolume(storage, guest)
  if (storage?.kind === 'zfspool') return `${storage.name}:${zfsVolume(guest)}`
  return `${storage?.name ?? local.storage}:vm-${number}-disk-0`
}

/** A disk that exists on one node only, whose copy a migration must move. */
export function isLocalDisk({ world }: ServedLab, guest: LabGuest): boolean {
  const kind = storageOfGuest(world.lab, guest)?.kind
  return kind === 'dir' || kind === 'zfspool'
}

export function isStorageActive({ world }: ServedLab, { storage, type }: Storage, node: string): boolean {
  if (type === 'rbd') return world.ceph.report(node) !== undefined
  return world.storages.isOnline(storage, node)
}

export function storageFigures(
  lab: ServedLab,
  storage: Storage,
  node: string,
): { used: number; total: number } {
  const { world } = lab
  if (storage.type !== 'rbd') {
    const machine = world.lab.nodes.find(({ name }) => name === node)
    if (storage.storage === local.storage)
      return { used: 3 * gibibyte, total: (machine?.systemDiskGB ?? 0) * gibibyte }
    return namedFigures(lab, storage.storage)
  }
  const report = world.ceph.report(node)
  if (report === undefined) return { used: 0, total: 0 }
  const totalKiB = report.osds.reduce((sum, { usage }) => sum + usage.totalKiB, 0)
  return { used: report.groups.dataBytes, total: Math.floor((totalKiB * 1024) / world.lab.ceph.size) }
}

/** The world has no figures of these: what its guests were given and have written, with as much room again. */
function namedFigures({ world }: ServedLab, name: string): { used: number; total: number } {
  const guests = world.lab.guests.filter((guest) => guest.storage === name)
  const givenGB = guests.reduce((sum, { diskGB }) => sum + diskGB, 0)
  const writtenMiB = guests.reduce(
    (sum, { diskGB }) => sum + Math.min(diskGB * 1024, world.parameters.diskWritten),
    0,
  )
  return { used: writtenMiB * 1024 ** 2, total: Math.max(8, 2 * givenGB) * gibibyte }
}

function servedStorage(storage: LabStorage): Storage {
  const { name, kind } = storage
  const common = { storage: name, type: kind, content: 'rootdir,images' }
  switch (storage.kind) {
    case 'dir':
      return { ...common, isShared: false, configuration: { path: `/mnt/${name}` } }
    case 'rbd':
      return { ...common, isShared: true, configuration: { pool: guestPoolName, krbd: 0 } }
    case 'zfspool':
      return { ...common, isShared: false, configuration: { pool: name, sparse: 1 } }
    case 'nfs':
      return {
        ...common,
        isShared: true,
        configuration: { server: storage.server, export: `/export/${name}`, path: `/mnt/pve/${name}` },
      }
    case 'drbd':
      return { ...common, isShared: true, configuration: { shared: 1 } }
  }
}
