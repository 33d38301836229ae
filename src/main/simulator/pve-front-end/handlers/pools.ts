/** Pools: guests and storages under one name, to give rights on them together. */
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { requirePrivilege } from '../privileges.ts'
import type { Pool } from '../rights.ts'
import { vmidOf } from '../served-lab.ts'
import { storages } from '../storages.ts'
import { guestResources, storageResources } from './resources.ts'

export const poolHandlers: Handlers = {
  'GET /pools': listPools,
  'POST /pools': create,
  'PUT /pools': update,
  'DELETE /pools': remove,
  'GET /pools/{poolid}': (call) => {
    const pool = poolOf(call, '')
    return { ...commentOf(pool), members: membersOf(call, pool) }
  },
  'PUT /pools/{poolid}': update,
  'DELETE /pools/{poolid}': remove,
}

const userLock = 'file-user_cfg'

function listPools(call: Call) {
  const { lab, node, caller, parameters } = call
  const wanted = parameters.text('poolid')
  if (wanted !== undefined) {
    requirePrivilege(caller, `/pool/${wanted}`, 'Pool.Audit')
    const pool = poolOf(call, '')
    return [{ poolid: wanted, ...commentOf(pool), members: membersOf(call, pool) }]
  }
  return [...lab.accountsOf(node).rights.pools]
    .filter(([poolid]) => caller.may(`/pool/${poolid}`, 'Pool.Audit'))
    .map(([poolid, pool]) => ({ poolid, ...commentOf(pool) }))
}

function commentOf({ comment }: Pool) {
  return comment === undefined ? {} : { comment }
}

function membersOf(call: Call, { vmids, storages: names }: Pool) {
  const type = call.parameters.text('type')
  const guests = guestResources(call).filter(({ vmid }) => vmids.has(String(vmid)))
  const places = storageResources(call).filter(({ storage }) => names.has(storage))
  return [...guests, ...places].filter((member) => type === undefined || member.type === type)
}

function poolOf({ lab, node, parameters }: Call, what: string): Pool {
  const id = parameters.required('poolid')
  return lab.accountsOf(node).rights.pools.get(id) ?? refuse(`${what}pool '${id}' does not exist`)
}

async function create({ lab, node, parameters }: Call): Promise<null> {
  const what = 'create pool failed: '
  await lab.requireLock(node, userLock, what)
  const { pools } = lab.accountsOf(node).rights
  const id = parameters.required('poolid')
  if (pools.has(id)) refuse(`${what}pool '${id}' already exists`)
  const parent = id.split('/').slice(0, -1).join('/')
  if (parent !== '' && !pools.has(parent)) refuse(`${what}parent '${parent}' of pool '${id}' does not exist`)
  const comment = parameters.text('comment')
  pools.set(id, { vmids: new Set(), storages: new Set(), ...(comment === undefined ? {} : { comment }) })
  return null
}

async function update(call: Call): Promise<null> {
  const { lab, node, caller, parameters } = call
  const what = 'update pools failed: '
  await lab.requireLock(node, userLock, what)
  const pool = poolOf(call, what)
  const comment = parameters.text('comment')
  if (comment !== undefined) pool.comment = comment
  for (const vmid of listOf(parameters.text('vms'))) {
    requireSharing(call, `/vms/${vmid}`, 'VM.Allocate')
    if (parameters.flag('delete')) {
      if (!pool.vmids.delete(vmid)) refuse(`${what}VM ${vmid} is not a pool member`)
    } else addGuest(call, pool, vmid, what)
  }
  for (const storage of listOf(parameters.text('storage'))) {
    requireSharing(call, `/storage/${storage}`, 'Datastore.Allocate')
    if (parameters.flag('delete')) {
      if (!pool.storages.delete(storage)) refuse(`${what}Storage '${storage}' is not a pool member`)
    } else if (!storages(lab).some((known) => known.storage === storage))
      refuseParameters({ storage: `storage '${storage}' does not exist\n` })
    else if (pool.storages.has(storage)) refuse(`${what}Storage '${storage}' is already a pool member`)
    else pool.storages.add(storage)
  }
  return null

  function requireSharing(_call: Call, path: string, allocate: string): void {
    if (!caller.may(path, allocate)) requirePrivilege(caller, path, 'Permissions.Modify')
  }
}

/** A guest is in one pool at most. */
function addGuest({ lab, node, parameters }: Call, pool: Pool, vmid: string, what: string): void {
  const { rights } = lab.accountsOf(node)
  if (!lab.guestsOf(node).some((guest) => vmidOf(guest) === vmid)) refuse(`${what}VM ${vmid} does not exist`)
  if (pool.vmids.has(vmid)) refuse(`${what}VM ${vmid} is already a pool member`)
  const other = rights.poolOf(vmid)
  if (other !== undefined && !parameters.flag('allow-move'))
    refuse(`${what}VM ${vmid} belongs already to pool '${other}' and 'allow-move' is not set`)
  if (other !== undefined) rights.pools.get(other)?.vmids.delete(vmid)
  pool.vmids.add(vmid)
}

async function remove(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'delete pool failed: '
  await lab.requireLock(node, userLock, what)
  const id = parameters.required('poolid')
  const { vmids, storages: names } = poolOf(call, what)
  const members = [...[...vmids].map((vmid) => `VM ${vmid}`), ...[...names].map((name) => `storage ${name}`)]
  if (members.length > 0) refuse(`${what}pool '${id}' is not empty (contains ${members.join(', ')})`)
  const { rights } = lab.accountsOf(node)
  const child = [...rights.pools.keys()].find((other) => other.startsWith(`${id}/`))
  if (child !== undefined) refuse(`${what}pool '${id}' is not empty (contains pool '${child}')`)
  rights.pools.delete(id)
  rights.revoke(({ path }) => path === `/pool/${id}`)
  return null
}
