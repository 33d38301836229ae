/** Volumes on a storage: the disks that guests' configurations name, and those that a client has made for later. */

import { refuse, refuseParameters } from '../api-error.ts'
import { kindOfVolume, type Volume, volumesOfGuests } from '../guest-volumes.ts'
import type { Call, Handlers } from '../handler.ts'
import { requirePrivilege } from '../privileges.ts'
import type { ServedLab } from '../served-lab.ts'
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

const freeFile = 'free volumes'

/** Of no guest yet. Those of a local storage are their node's. */
const freeOn = (lab: ServedLab, node: string) => lab.files.read<readonly Volume[]>(node, freeFile, [])
const ownerOf = ({ isShared }: Storage, node: string) => (isShared ? '' : node)

/** What a node finds there: a local storage has what is at home on that node. */
function volumesAt({ lab, node }: Call, storage: Storage): readonly Volume[] {
  const inUse = volumesOfGuests(lab, node).filter(
    (volume) => volume.storage === storage.storage && (storage.isShared || volume.home === node),
  )
  const free = freeOn(lab, ownerOf(storage, node)).filter((volume) => volume.storage === storage.storage)
  return [...inUse, ...free]
}

function list(call: Call) {
  const storage = storageOf(call)
  const kind = call.parameters.text('content')
  const vmid = call.parameters.integer('vmid')
  return volumesAt(call, storage)
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
  const storage = storageOf(call)
  const given = call.parameters.required('volume')
  const volid = given.startsWith(`${storage.storage}:`) ? given : `${storage.storage}:${given}`
  const found = volumesAt(call, storage).find((volume) => volume.volid === volid)
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

function allocate(call: Call): string {
  const { lab, node, parameters } = call
  const storage = storageOf(call)
  const vmid = parameters.required('vmid')
  const filename = parameters.required('filename')
  const [, extension] = /\.(raw|qcow2|vmdk)$/.exec(filename) ?? []
  const isInDirectory = typeof storage.configuration.path === 'string'
  if (!isFor(storage, node)) refuse(`storage '${storage.storage}' is not available on node '${node}'`)
  if (!storage.content.split(',').includes('images'))
    refuse(`storage '${storage.storage}' does not support content-type 'images'`)
  if (!new RegExp(`^(vm|subvol|base)-${vmid}-\\S+$`).test(filename))
    refuse(`illegal name '${filename}' - should be 'vm-${vmid}-*'`)
  if (isInDirectory && extension === undefined)
    refuseParameters({ filename: `illegal file name '${filename}'\n` })
  const volid = `${storage.storage}:${isInDirectory ? `${vmid}/` : ''}${filename}`
  if (volumesAt(call, storage).some((volume) => volume.volid === volid))
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
  lab.files.write(owner, freeFile, [...freeOn(lab, owner), volume])
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
  if (!freeOn(lab, owner).some((volume) => volume.volid === volid))
    refuse(`can't remove volume '${volid}' - it is used by guest ${vmid}`)
  const task = lab.beginTask(node, 'imgdel', `${vmid}@${storage.storage}`, caller.label)
  lab.machine(node).scope.after(removeMs, () => {
    const left = freeOn(lab, owner).filter((volume) => volume.volid !== volid)
    lab.files.write(owner, freeFile, left)
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
