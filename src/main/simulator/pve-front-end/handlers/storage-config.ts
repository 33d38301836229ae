/** Storages that a client defines, changes and removes; the world has none of their disks. */
import { refuse } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { addedStorages, keepStorages, type Storage, storages } from '../storages.ts'
import { digestOf, requireDigest } from './ha-options.ts'

export const storageConfigHandlers: Handlers = {
  'POST /storage': create,
  'PUT /storage/{storage}': update,
  'DELETE /storage/{storage}': remove,
}

const lock = 'file-storage_cfg'
/** A server that does not answer is given up after that time (recorded). */
const serverMs = 6150

/** What a definition cannot do without (proxmox.md 6.1). */
const requiredOptions: Readonly<Record<string, readonly string[]>> = {
  dir: ['path'],
  nfs: ['server', 'export'],
  cifs: ['server', 'share'],
  zfspool: ['pool'],
  lvm: ['vgname'],
  lvmthin: ['vgname', 'thinpool'],
}

const notOptions = new Set(['storage', 'type', 'digest', 'delete', 'node'])

async function create(call: Call): Promise<unknown> {
  const { lab, node, parameters } = call
  const what = 'create storage failed: '
  const storage = parameters.required('storage')
  const type = parameters.required('type')
  const missing = requiredOptions[type]?.find((name) => parameters.text(name) === undefined)
  if (missing !== undefined) refuse(`missing value for required option '${missing}'`)
  await lab.requireLock(node, lock, what)
  if (storages(lab).some((known) => known.storage === storage))
    refuse(`${what}storage ID '${storage}' already defined`)
  const server = parameters.text('server')
  if (server !== undefined && !lab.world.storages.servers.some(({ name }) => name === server)) {
    await lab.clock.sleep(serverMs)
    refuse(`${what}storage '${storage}' is not online`)
  }
  const added = definition(call, storage, type, undefined)
  keepStorages(lab, [...addedStorages(lab), added])
  // Guests' disks there are the model's own where the pool is one of the lab's cluster.
  const { pools } = lab.world.ceph.settings
  if (type === 'rbd' && pools.some(({ name }) => name === added.configuration.pool))
    lab.world.inventory.addPoolStorage(storage)
  return { storage, type }
}

/** As a client described it, with the rest from the one it changes. */
function definition({ parameters }: Call, storage: string, type: string, old: Storage | undefined): Storage {
  const deleted = listOf(parameters.text('delete'))
  const kept = Object.entries(old?.configuration ?? {}).filter(([name]) => !deleted.includes(name))
  const flags = new Set(['shared', 'disable', 'krbd', 'sparse'])
  const given = parameters.names
    .filter((name) => !notOptions.has(name) && name !== 'content')
    .map(
      (name) => [name, flags.has(name) ? Number(parameters.flag(name)) : parameters.required(name)] as const,
    )
  const configuration = Object.fromEntries([...kept, ...given])
  return {
    storage,
    type: type as Storage['type'],
    content: parameters.text('content') ?? old?.content ?? 'images,rootdir',
    isShared: configuration.shared === 1 || ['nfs', 'cifs', 'rbd', 'cephfs'].includes(type),
    configuration,
  }
}

async function update(call: Call): Promise<unknown> {
  const { lab, node, parameters } = call
  const what = 'update storage failed: '
  const name = parameters.required('storage')
  await lab.requireLock(node, lock, what)
  const all = addedStorages(lab)
  const old = all.find((known) => known.storage === name)
  if (old === undefined && !storages(lab).some((known) => known.storage === name))
    refuse(`${what}storage '${name}' does not exist`)
  requireDigest(parameters.text('digest'), digestOf(storages(lab)), what)
  if (old === undefined) return refuse(`${what}the lab's own storages stay as they are`)
  keepStorages(
    lab,
    all.map((known) => (known === old ? definition(call, name, old.type, old) : known)),
  )
  return { storage: name, type: old.type }
}

async function remove({ lab, node, parameters }: Call): Promise<null> {
  const what = 'delete storage failed: '
  const name = parameters.required('storage')
  await lab.requireLock(node, lock, what)
  const all = addedStorages(lab)
  if (!storages(lab).some((known) => known.storage === name))
    refuse(`${what}storage '${name}' does not exist`)
  if (!all.some((known) => known.storage === name)) refuse(`${what}the lab's own storages stay as they are`)
  keepStorages(
    lab,
    all.filter((known) => known.storage !== name),
  )
  lab.world.inventory.removeStorage(name)
  return null
}
