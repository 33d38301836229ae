/** Volumes on a storage: the disks that guests' configurations name, and those that a client has made for later. */

import { refuse, refuseParameters } from '../api-error.ts'
import { freeVolumes, keepFreeVolumes, ownerOf, volumesAt } from '../free-volumes.ts'
import { kindOfVolume, type Volume } from '../guest-volumes.ts'
import type { Call, Handlers } from '../handler.ts'
import { requirePrivilege } from '../privileges.ts'
import { isFor, type Storage, storages } from '../storages.ts'

const content = '/nodes/{node}/storage/{storage}/content'

export const storageContentHandlers: Handlers = {
  [`GET ${content}`]: list,
  [`POST ${content}`]: allocate,
  [`GET ${content}/{volume}`]: (call) => {
    const { caller, parameters } = call
    const storage = parameters.required('storage')
    const may = ['Datastore.Audit', 'Datastore.AllocateSpace'].some((name) =>
      caller.may(`/storage/${storage}`, name),
    )
    if (!may) requirePrivilege(caller, `/storage/${storage}`, 'Datastore.AllocateSpace')
    const { volid, format, size } = volumeOf(call)
    return { path: pathOf(storageOf(call), volid), format, size, used: size }
  },
  [`DELETE ${content}/{volume}`]: remove,
}

function list(call: Call) {
  const { lab, node } = call
  const storage = storageOf(call)
  const kind = call.parameters.text('content')
  const vmid = call.parameters.integer('vmid')
  return volumesAt(lab, node, storage)
    .filter((volume) => (kind ?? volume.content) === volume.content && (vmid ?? volume.vmid) === volume.vmid)
    .map(({ volid, vmid: owner, content: what, format, size }) => ({
      volid,
      vmid: owner,
      content: what,
      format,
      size,
    }))
}

function volumeOf(call: Call): Volume {
  const { lab, node } = call
  const storage = storageOf(call)
  const given = call.parameters.required('volume')
  const volid = given.startsWith(`${storage.storage}:`) ? given : `${storage.storage}:${given}`
  const found = volumesAt(lab, node, storage).find((volume) => volume.volid === volid)
  return found ?? refuse(`volume '${volid}' does not exist`)
}

/** As the programs of a storage would open it. */
function pathOf({ type, configuration }: Storage, volid: string): string {
  const name = volid.slice(volid.indexOf(':') + 1)
  if (type === 'rbd') return `rbd:${configuration.pool}/${name}`
  if (type === 'zfspool') return `/dev/zvol/${configuration.pool}/${name}`
  if (typeof configuration.path === 'string') return `${configuration.path}/images/${name}`
  return `/dev/${volid.replace(':', '/')}`
}

const kibibyte = 1024

/** A size without a unit is in kibibytes. */
function bytesOf(text: string): number {
  const [, count = '0', unit = ''] = /^(\d+)([MG]?)$/.exec(text) ?? []
  return Number(count) * kibibyte * ({ M: 1024, G: 1024 ** 2 }[unit] ?? 1)
}

/** The first that nobody has, for a client that gives none. */
function freeName({ lab, node }: Call, storage: Storage, start: string, end: string): string {
  const taken = volumesAt(lab, node, storage).map(({ volid }) => volid)
  let number = 0
  while (taken.some((volid) => volid.endsWith(`${start}${number}${end}`))) number++
  return `${start}${number}${end}`
}

function allocate(call: Call): string {
  const { lab, node, parameters } = call
  const storage = storageOf(call)
  const vmid = parameters.required('vmid')
  const isInDirectory = typeof storage.configuration.path === 'string'
  const filename =
    parameters.required('filename') ||
    freeName(call, storage, `vm-${vmid}-disk-`, isInDirectory ? '.raw' : '')
  const [, extension] = /\.(raw|qcow2|vmdk)$/.exec(filename) ?? []
  if (!isFor(storage, node)) refuse(`storage '${storage.storage}' is not available on node '${node}'`)
  if (!storage.content.split(',').includes('images'))
    refuse(`storage '${storage.storage}' does not support content-type 'images'`)
  if (!new RegExp(`^(vm|subvol|base)-${vmid}-\\S+$`).test(filename))
    refuse(`illegal name '${filename}' - should be 'vm-${vmid}-*'`)
  if (isInDirectory && extension === undefined)
    refuseParameters({ filename: `illegal file name '${filename}'\n` })
  const volid = `${storage.storage}:${isInDirectory ? `${vmid}/` : ''}${filename}`
  if (volumesAt(lab, node, storage).some((volume) => volume.volid === volid))
    refuse(`disk image '${pathOf(storage, volid)}' already exists`)
  const owner = ownerOf(storage, node)
  const volume = {
    volid,
    storage: storage.storage,
    vmid: Number(vmid),
    home: node,
    content: kindOfVolume('vm'),
    format: extension ?? parameters.text('format') ?? 'raw',
    size: bytesOf(parameters.required('size')),
  }
  keepFreeVolumes(lab, owner, [...freeVolumes(lab, owner), volume])
  return volid
}

/** Removing takes about that long (an assumption). */
const removeMs = 300

/** What a guest uses stays: the lab's guests would lose their disks with it. */
function remove(call: Call): string {
  const { lab, node, caller, parameters } = call
  const storage = storageOf(call)
  requirePrivilege(caller, `/storage/${parameters.required('storage')}`, 'Datastore.AllocateSpace')
  const { volid, vmid } = volumeOf(call)
  const owner = ownerOf(storage, node)
  if (!freeVolumes(lab, owner).some((volume) => volume.volid === volid))
    refuse(`can't remove volume '${volid}' - it is used by guest ${vmid}`)
  const task = lab.beginTask(node, 'imgdel', `${vmid}@${storage.storage}`, caller.label)
  lab.machine(node).scope.after(removeMs, () => {
    const left = freeVolumes(lab, owner).filter((volume) => volume.volid !== volid)
    keepFreeVolumes(lab, owner, left)
    task.log(`Removed volume '${volid}'`)
    task.end()
  })
  return task.upid
}

export function storageOf({ lab, parameters }: Call): Storage {
  const name = parameters.required('storage')
  const storage = storages(lab).find((candidate) => candidate.storage === name)
  return storage ?? refuseParameters({ storage: 'No such storage.' })
}
