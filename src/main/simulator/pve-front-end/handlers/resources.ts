import { readManagerStatus } from '../../world/shared-files.ts'
import { readConfig } from '../guest-configs.ts'
import type { Call } from '../handler.ts'
import { guestFigures, nodeFigures } from '../load-figures.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { isFor, storageFigures, storages } from '../storages.ts'

/** Whether `viewer` hears from the statistics daemon of a member. */
export function hearsFrom({ world }: ServedLab, viewer: string, name: string): boolean {
  return name === viewer || world.corosync.membersSeenBy(viewer).includes(name)
}

/** Guests, nodes, storages and networks of the whole cluster, as the asked member knows them. */
export function resources(call: Call) {
  const { parameters } = call
  const type = parameters.text('type')
  const wanted = (name: string) => type === undefined || type === name
  return [
    ...(wanted('vm') ? guestResources(call) : []),
    ...(wanted('node') ? nodeResources(call) : []),
    ...(wanted('storage') ? storageResources(call) : []),
    ...(wanted('sdn') ? networkResources(call) : []),
    ...(type === undefined ? poolResources(call) : []),
  ]
}

function nodeNames(name: string) {
  return { id: `node/${name}`, type: 'node', node: name, level: '' }
}

function nodeStatus({ lab, node }: Call, name: string): 'online' | 'offline' {
  return hearsFrom(lab, node, name) ? 'online' : 'offline'
}

export function guestResources({ lab, node, caller }: Call) {
  const { world } = lab
  const { rights } = lab.accountsOf(node)
  const { serviceStatus } = readManagerStatus(world.shared, node)
  const visible = lab.guestsOf(node).filter((guest) => caller.may(`/vms/${vmidOf(guest)}`, 'VM.Audit'))
  return visible.map((guest) => {
    const home = world.configuredNode(guest, node)
    const isHeard = hearsFrom(lab, node, home)
    // Of a member that has gone, what it last told is shown until it is too old.
    const told = isHeard ? undefined : lab.statistics.last(node, home)?.guests.get(guest.id)
    const isRunning = isHeard ? lab.runsOn(guest, home) : told?.isRunning === true
    const kind = guest.kind === 'vm' ? 'qemu' : 'lxc'
    const hastate = serviceStatus[guest.id]?.state
    const { options } = readConfig(lab, node, guest)
    const pool = rights.poolOf(vmidOf(guest))
    return {
      id: `${kind}/${vmidOf(guest)}`,
      type: kind,
      vmid: Number(vmidOf(guest)),
      name: String(options.name ?? options.hostname ?? guest.spec.name),
      ...(options.tags === undefined ? {} : { tags: String(options.tags) }),
      node: home,
      status: isHeard || told !== undefined ? (isRunning ? 'running' : 'stopped') : 'unknown',
      template: Number(options.template ?? 0),
      maxcpu: guest.spec.cpus,
      diskread: 0,
      diskwrite: 0,
      ...(told?.figures ?? guestFigures(lab, guest, isRunning)),
      ...(hastate === undefined ? {} : { hastate }),
      ...(pool === undefined ? {} : { pool }),
    }
  })
}

function nodeResources(call: Call) {
  const { lab, node, caller } = call
  const states = readManagerStatus(lab.world.shared, node).nodeStatus
  return lab.members(node).map((name) => {
    const { maxcpu, maxmem, maxdisk, ...load } = nodeFigures(lab, name)
    const status = nodeStatus(call, name)
    const hastate = states[name]
    const isKnown = status === 'online' || lab.statistics.last(node, name) !== undefined
    const names = { ...nodeNames(name), status, ...(isKnown ? { 'cgroup-mode': 2 } : {}) }
    if (!isKnown) return names
    if (!caller.may(`/nodes/${name}`, 'Sys.Audit')) return names
    return {
      ...names,
      maxcpu,
      maxmem,
      maxdisk,
      ...(status === 'online' ? load : {}),
      ...(hastate === undefined ? {} : { hastate }),
    }
  })
}

export function storageResources({ lab, node, caller }: Call) {
  return lab.members(node).flatMap((name) =>
    storages(lab)
      .filter((storage) => isFor(storage, name))
      .filter(({ storage }) => caller.may(`/storage/${storage}`, 'Datastore.Audit'))
      .map((storage) => {
        const { used, total } = storageFigures(lab, storage, name)
        const isKnown = hearsFrom(lab, node, name) || lab.statistics.last(node, name) !== undefined
        return {
          id: `storage/${name}/${storage.storage}`,
          type: 'storage',
          storage: storage.storage,
          node: name,
          plugintype: storage.type,
          content: storage.content,
          shared: storage.isShared ? 1 : 0,
          status: isKnown ? 'available' : 'unknown',
          ...(isKnown ? { disk: used, maxdisk: total } : {}),
        }
      }),
  )
}

function networkResources({ lab, node, caller }: Call) {
  if (!caller.may('/sdn/zones/localnetwork', 'SDN.Audit')) return []
  return lab.members(node).map((name) => ({
    id: `sdn/${name}/localnetwork`,
    type: 'sdn',
    sdn: 'localnetwork',
    node: name,
    status: 'ok',
  }))
}

function poolResources({ lab, node, caller }: Call) {
  return [...lab.accountsOf(node).rights.pools.keys()]
    .filter((pool) => caller.may(`/pool/${pool}`, 'Pool.Audit'))
    .map((pool) => ({ id: `/pool/${pool}`, type: 'pool', pool }))
}
