/** ZFS pools, LVM volume groups, thin pools and directories on the data disks of a node. */
import type { DiskContent, NodeDisk } from '../../world/node-disks.ts'
import { refuse } from '../api-error.ts'
import { freeDisk } from '../free-disk.ts'
import type { Call, Handlers } from '../handler.ts'
import { NodeTask } from '../node-task.ts'
import { listOf } from '../parameters.ts'
import { addedStorages, keepStorages, type Storage, storages } from '../storages.ts'
import { contentsOf, diskPoolListHandlers, type PoolKind, zfsPools } from './disk-pool-lists.ts'

/** How tasks and storages of a kind are called. */
const kinds: Readonly<Record<PoolKind, { readonly task: string; readonly storage: string }>> = {
  zfs: { task: 'zfs', storage: 'zfspool' },
  lvm: { task: 'lvm', storage: 'lvm' },
  lvmthin: { task: 'lvmthin', storage: 'lvmthin' },
  directory: { task: 'dir', storage: 'dir' },
}

const disks = '/nodes/{node}/disks'

export const diskPoolHandlers: Handlers = {
  ...diskPoolListHandlers,
  [`POST ${disks}/zfs`]: createZfs,
  [`POST ${disks}/lvm`]: (call) => createOnOne(call, { kind: 'lvm', name: call.parameters.required('name') }),
  [`POST ${disks}/lvmthin`]: (call) =>
    createOnOne(call, { kind: 'lvmthin', name: call.parameters.required('name') }),
  [`POST ${disks}/directory`]: (call) => {
    const filesystem = call.parameters.text('filesystem') ?? 'ext4'
    return createOnOne(call, { kind: 'directory', name: call.parameters.required('name'), filesystem })
  },
  [`DELETE ${disks}/zfs/{name}`]: (call) => remove(call, 'zfs'),
  [`DELETE ${disks}/lvm/{name}`]: (call) => remove(call, 'lvm'),
  [`DELETE ${disks}/lvmthin/{name}`]: (call) => remove(call, 'lvmthin'),
  [`DELETE ${disks}/directory/{name}`]: (call) => remove(call, 'directory'),
}

/** Making a pool, a volume group or a file system, and taking it away (assumptions). */
const createMs = 3000
const removeMs = 2000

/** Disks that a level needs at least; `single` takes no more than one. */
const leastDisks: Readonly<Record<string, number>> = {
  single: 1,
  mirror: 2,
  raid10: 4,
  raidz: 3,
  raidz2: 4,
  raidz3: 5,
  draid: 3,
  draid2: 4,
  draid3: 5,
}

function createZfs(call: Call): string {
  const { lab, node, parameters } = call
  const name = parameters.required('name')
  const raid = parameters.required('raidlevel')
  const chosen = [...new Set(listOf(parameters.text('devices')))].map((device) => freeDisk(lab, node, device))
  if (zfsPools(call).some((pool) => pool.name === name))
    refuse(`pool '${name}' already exists on node '${node}'`)
  if (raid === 'single' && chosen.length > 1) refuse('please give only one disk for single disk mode')
  const least = leastDisks[raid] ?? 1
  if (chosen.length < least) refuse(`${raid} needs at least ${least} disks`)
  const devices = chosen.map((disk) => `/dev/${disk.name}`).join(' ')
  const level = raid === 'single' ? '' : `${raid} `
  const lines = [
    `# /sbin/zpool create -o ashift=${parameters.text('ashift') ?? 12} ${name} ${level}${devices}`,
    `# /sbin/zfs set compression=${parameters.text('compression') ?? 'on'} ${name}`,
  ]
  return create(call, { kind: 'zfs', name, raid }, chosen, lines)
}

function createOnOne(call: Call, content: Extract<DiskContent, { readonly name: string }>): string {
  const { lab, node, parameters } = call
  const { kind, name } = content
  const disk = freeDisk(lab, node, parameters.required('device'))
  const isTaken = lab.world.disks
    .of(node)
    .some((other) => 'name' in other.content && other.content.name === name)
  if (isTaken)
    refuse(
      kind === 'directory'
        ? `path '/mnt/pve/${name}' is already in use`
        : `volume group with name '${name}' already exists on node '${node}'`,
    )
  const lines =
    content.kind === 'directory'
      ? [
          `# /sbin/sgdisk -n1 -t1:8300 /dev/${disk.name}`,
          `# /sbin/mkfs -t ${content.filesystem} /dev/${disk.name}1`,
        ]
      : [
          `  Physical volume "/dev/${disk.name}" successfully created.`,
          `  Volume group "${name}" successfully created`,
          ...(kind === 'lvmthin' ? [`  Logical volume "${name}" created.`] : []),
        ]
  return create(call, content, [disk], lines)
}

function create(
  call: Call,
  content: Extract<DiskContent, { readonly name: string }>,
  chosen: readonly NodeDisk[],
  lines: readonly string[],
): string {
  const { lab, node, parameters } = call
  const adds = parameters.flag('add_storage')
  if (adds) requireStorage(call, content)
  const task = new NodeTask(call, `${kinds[content.kind].task}create`, content.name)
  task.after(createMs, () => {
    for (const { name } of chosen) {
      const kind = lab.world.disks.find(node, `/dev/${name}`)?.content.kind
      if (kind !== 'empty' && kind !== 'gpt') return task.end(`device '/dev/${name}' is already in use`)
    }
    task.log(...lines)
    for (const { name } of chosen) lab.world.disks.fill(node, name, content)
    if (adds) addStorage(call, content)
    task.end()
  })
  return task.upid
}

type Pool = Extract<DiskContent, { readonly name: string }>

function configurationOf(content: Pool): Readonly<Record<string, unknown>> {
  const { kind, name } = content
  if (kind === 'zfs') return { pool: name }
  if (kind === 'directory') return { path: `/mnt/pve/${name}`, is_mountpoint: 1 }
  return { vgname: name, ...(kind === 'lvmthin' ? { thinpool: name } : {}) }
}

/** A storage of that name must be free, or be the same one of other nodes, whose list grows then (proxmox.md 6.2). */
function requireStorage({ lab }: Call, content: Pool): void {
  const known = storages(lab).find(({ storage }) => storage === content.name)
  if (known === undefined) return
  const isSame =
    known.type === kinds[content.kind].storage &&
    Object.entries(configurationOf(content)).every(([name, value]) => known.configuration[name] === value)
  if (!isSame || !addedStorages(lab).includes(known)) refuse(`storage ID '${content.name}' already defined`)
}

function addStorage({ lab, node }: Call, content: Pool): void {
  const { kind, name } = content
  const added = addedStorages(lab)
  const old = added.find(({ storage }) => storage === name)
  const nodes = [...new Set([...listOf(old?.configuration.nodes as string | undefined), node])].join(',')
  const storage: Storage = {
    storage: name,
    type: kinds[kind].storage as Storage['type'],
    content: kind === 'directory' ? 'images,rootdir,vztmpl,iso,backup,snippets' : 'images,rootdir',
    isShared: false,
    configuration: { ...configurationOf(content), nodes },
  }
  keepStorages(
    lab,
    old === undefined ? [...added, storage] : added.map((each) => (each === old ? storage : each)),
  )
}

function remove(call: Call, kind: PoolKind): string {
  const { lab, node, parameters } = call
  const name = parameters.required('name')
  const own = contentsOf(call, kind).filter(({ content }) => content.name === name)
  if (own.length === 0)
    refuse(
      `no such ${kind === 'zfs' ? 'pool' : kind === 'directory' ? 'directory' : 'volume group'} '${name}' on node '${node}'`,
    )
  const cleans = parameters.flag('cleanup-disks')
  const task = new NodeTask(call, `${kinds[kind].task}remove`, name)
  task.after(removeMs, () => {
    // A partition table stays unless the disks are cleaned, the marks of LVM go with the group.
    const left: DiskContent =
      cleans || kind === 'lvm' || kind === 'lvmthin' ? { kind: 'empty' } : { kind: 'gpt' }
    for (const disk of own) lab.world.disks.fill(node, disk.name, left)
    if (parameters.flag('cleanup-config')) dropStorage(call, name)
    task.end()
  })
  return task.upid
}

/** The node leaves the storage's list; the last one takes the storage along. */
function dropStorage({ lab, node }: Call, name: string): void {
  const rest = addedStorages(lab).flatMap((storage) => {
    if (storage.storage !== name) return [storage]
    const nodes = listOf(storage.configuration.nodes as string | undefined).filter((other) => other !== node)
    return nodes.length === 0
      ? []
      : [{ ...storage, configuration: { ...storage.configuration, nodes: nodes.join(',') } }]
  })
  keepStorages(lab, rest)
}
