import { createHash } from 'node:crypto'
import { refuse, refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import type { ServedLab } from '../served-lab.ts'
import { type Storage, storageFigures, storages } from '../storages.ts'

export const storageHandlers: Handlers = {
  'GET /storage': ({ lab, caller }) =>
    caller.isPrivileged ? storages(lab).map((storage) => configuration(lab, storage)) : [],
  'GET /storage/{storage}': ({ lab, parameters }) => {
    const name = parameters.required('storage')
    const storage = storages(lab).find((candidate) => candidate.storage === name)
    return storage === undefined ? refuse(`storage '${name}' does not exist`) : configuration(lab, storage)
  },
  'GET /nodes/{node}/storage': (call) => {
    const { lab, caller, parameters } = call
    if (!caller.isPrivileged) return []
    const wanted = parameters.text('storage')
    const content = parameters.text('content')?.split(/[,; ]+/)
    return storages(lab)
      .filter((storage) => wanted === undefined || storage.storage === wanted)
      .filter(
        (storage) =>
          content === undefined || content.some((word) => storage.content.split(',').includes(word)),
      )
      .map((storage) => {
        const status = statusOf(call, storage)
        const format =
          storage.type === 'dir' ? [{ raw: 1, qcow2: 1, vmdk: 1, subvol: 1 }, 'raw'] : [{ raw: 1 }, 'raw']
        return {
          storage: storage.storage,
          ...status,
          used_fraction: status.total === 0 ? 0 : status.used / status.total,
          ...(parameters.flag('format') ? { format } : {}),
        }
      })
  },
  'GET /nodes/{node}/storage/{storage}': index(
    'subdir',
    'content download-url file-restore prunebackups rrd rrddata status upload',
  ),
  'GET /nodes/{node}/storage/{storage}/status': (call) => statusOf(call, storageOf(call)),
  'GET /nodes/{node}/storage/{storage}/content': (call) => {
    const { lab } = call
    const storage = storageOf(call)
    const holdsDisks = storages(lab).at(-1)?.storage === storage.storage
    if (!holdsDisks) return []
    return lab.world.guests.map((guest) => ({
      volid: `${storage.storage}:vm-${guest.id.slice(3)}-disk-0`,
      vmid: Number(guest.id.slice(3)),
      content: guest.kind === 'vm' ? 'images' : 'rootdir',
      format: 'raw',
      size: guest.spec.diskGB * 2 ** 30,
    }))
  },
}

function configuration(lab: ServedLab, { storage, type, content, configuration: rest }: Storage) {
  const text = JSON.stringify(storages(lab))
  return { storage, type, content, ...rest, digest: createHash('sha1').update(text).digest('hex') }
}

function storageOf({ lab, parameters }: Call): Storage {
  const name = parameters.required('storage')
  const storage = storages(lab).find((candidate) => candidate.storage === name)
  return storage ?? refuseParameters({ storage: 'No such storage.' })
}

function statusOf({ lab, node }: Call, storage: Storage) {
  const { type, content, isShared } = storage
  const isActive = type === 'dir' || lab.world.ceph.report(node) !== undefined
  const { used, total } = isActive ? storageFigures(lab, storage, node) : { used: 0, total: 0 }
  return {
    type,
    content,
    shared: Number(isShared),
    enabled: 1,
    active: Number(isActive),
    used,
    total,
    avail: total - used,
  }
}
