/** Volumes on a storage: the disks that guests' configurations name, and those that a client has made for later. */

import { refuse, refuseParameters } from '../api-error.ts'
import { addVolume, removeVolume } from '../backup-archives.ts'
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
    const { caller } = call
    const storage = storageOf(call).storage
    const may = ['Datastore.Audit', 'Datastore.AllocateSpace'].some((name) =>
      caller.may(`/storage/${storage}`, name),
    )
    if (!may) requirePrivilege(caller, `/storage/${storage}`, 'Datastore.AllocateSpace')
    const volume = volumeOf(call)
    const { volid, format, size } = volume
    return { path: pathOf(storageOf(call), volid), format, size, used: size, ...aboutFile(volume) }
  },
  [`PUT ${content}/{volume}`]: (call) => {
    const { lab, node, caller, parameters } = call
    const storage = storageOf(call)
    const volume = volumeOf(call)
    if (volume.content !== 'backup') refuse(`can't set attributes of '${volume.volid}' - no backup`)
    requirePrivilege(caller, `/storage/${storage.storage}`, 'Datastore.Allocate')
    const notes = parameters.text('notes')
    const isProtected =
      parameters.text('protected') === undefined ? volume.isProtected === true : parameters.flag('protected')
    addVolume(lab, node, storage, { ...volume, isProtected, ...(notes === undefined ? {} : { notes }) })
    return null
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
    .filter((volume) => mayList(call, volume))
    .map((volume) => ({
      volid: volume.volid,
      ...(volume.vmid === undefined ? {} : { vmid: volume.vmid }),
      content: volume.content,
      format: volume.format,
      size: volume.size,
      ...(volume.ctime === undefined ? {} : { ctime: volume.ctime }),
      ...(volume.guest === undefined ? {} : { subtype: volume.guest.kind === 'vm' ? 'qemu' : 'lxc' }),
      ...aboutFile(volume),
    }))
}

/** Backups are shown to who may make some of that guest. */
function mayList({ caller }: Call, { content: what, storage, vmid }: Volume): boolean {
  if (what !== 'backup' || caller.may(`/storage/${storage}`, 'Datastore.Allocate')) return true
  return (
    caller.may(`/storage/${storage}`, 'Datastore.AllocateSpace') && caller.may(`/vms/${vmid}`, 'VM.Backup')
  )
}

function aboutFile({ notes, isProtected }: Volume) {
  return {
    ...(notes === undefined ? {} : { notes }),
    ...(isProtected === true ? { protected: 1 } : {}),
  }
}

function volumeOf(call: Call): Volume {
  const { lab, node } = call
  const storage = storageOf(call)
  const given = call.parameters.required('volume')
  const volid = given.startsWith(`${storage.storage}:`) ? given : `${storage.storage}:${given}`
  const found = volumesAt(lab, node, storage).find((volume) => volume.volid === volid)
  return found ?? refuse(`volume '${volid}' does not exist`)
}

const folders: Readonly<Record<string, string>> = {
  iso: 'template/iso',
  vztmpl: 'template/cache',
  backup: 'dump',
  import: 'import',
}

/** As the programs of a storage would open it. */
export function pathOf({ type, configuration }: Storage, volid: string): string {
  const name = volid.slice(volid.indexOf(':') + 1)
  if (type === 'rbd') return `rbd:${configuration.pool}/${name}`
  if (type === 'zfspool') return `/dev/zvol/${configuration.pool}/${name}`
  if (typeof configuration.path !== 'string') return `/dev/${volid.replace(':', '/')}`
  const [kind = '', file = ''] = name.split('/')
  const folder = folders[kind]
  return `${configuration.path}/${folder === undefined ? `images/${name}` : `${folder}/${file}`}`
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
  const { lab, node, caller } = call
  const storage = storageOf(call)
  const { volid, vmid, content: what, isProtected } = volumeOf(call)
  const path = `/storage/${storage.storage}`
  const isTemplate = what === 'iso' || what === 'vztmpl' || what === 'import'
  if (isTemplate) requirePrivilege(caller, path, 'Datastore.AllocateTemplate')
  else if (what !== 'backup' || !caller.may(`/vms/${vmid}`, 'VM.Backup'))
    requirePrivilege(caller, path, what === 'backup' ? 'Datastore.Allocate' : 'Datastore.AllocateSpace')
  if (isProtected === true) refuse(`cannot remove protected volume '${volid}' on '${storage.storage}'`)
  const owner = ownerOf(storage, node)
  if (!freeVolumes(lab, owner).some((volume) => volume.volid === volid))
    refuse(`can't remove volume '${volid}' - it is used by guest ${vmid}`)
  const id = `${vmid === undefined ? '' : `${vmid}@`}${storage.storage}`
  const task = lab.beginTask(node, 'imgdel', id, caller.label)
  lab.machine(node).scope.after(removeMs, () => {
    removeVolume(lab, node, storage, volid)
    task.log(`Removed volume '${volid}'`)
    task.end()
  })
  return task.upid
}

export function storageOf({ lab, parameters }: Call): Storage {
  const name = parameters.text('storage') ?? parameters.required('volume').split(':')[0]
  const storage = storages(lab).find((candidate) => candidate.storage === name)
  return storage ?? refuseParameters({ storage: 'No such storage.' })
}
