import { createHash } from 'node:crypto'
import { refuse, refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import type { ServedLab } from '../served-lab.ts'
import {
  formatOf,
  isStorageActive,
  type Storage,
  storageFigures,
  storageNameOf,
  storages,
  volumeOf,
} from '../storages.ts'

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
        const format = formatsOf(storage)
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
    return lab
      .guestsOf(call.node)
      .filter(({ spec }) => storageNameOf(lab, spec) === storage.storage)
      .map(({ spec, kind }) => ({
        volid: volumeOf(lab, spec),
        vmid: Number(spec.id.slice(3)),
        content: kind === 'vm' ? 'images' : 'rootdir',
        format: formatOf(lab, spec),
        size: spec.diskGB * 2 ** 30,
      }))
  },
}

function configuration(lab: ServedLab, { storage, type, content, configuration: rest }: Storage) {
  const text = JSON.stringify(storages(lab))
  return { storage, type, content, ...rest, digest: createHash('sha1').update(text).digest('hex') }
}

/** The formats of disks a storage takes, and the one it uses by itself. */
function formatsOf({ type }: Storage) {
  if (type === 'dir' || type === 'nfs') return [{ raw: 1, qcow2: 1, vmdk: 1, subvol: 1 }, 'raw']
  return type === 'zfspool' ? [{ raw: 1, subvol: 1 }, 'raw'] : [{ raw: 1 }, 'raw']
}

function storageOf({ lab, parameters }: Call): Storage {
  const name = parameters.required('storage')
  const storage = storages(lab).find((candidate) => candidate.storage === name)
  return storage ?? refuseParameters({ storage: 'No such storage.' })
}

function statusOf({ lab, node }: Call, storage: Storage) {
  const { type, content, isShared } = storage
  const isActive = isStorageActive(lab, storage, node)
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
