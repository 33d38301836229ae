import type { Caller } from '../accounts.ts'
import { refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import type { ServedLab } from '../served-lab.ts'
import { isFor, isStorageActive, type Storage, storageFigures, storages } from '../storages.ts'
import { digestOf } from './ha-options.ts'
import { pruneHandlers } from './prune-backups.ts'
import { storageConfigHandlers } from './storage-config.ts'
import { storageContentHandlers, storageOf } from './storage-content.ts'

export const storageHandlers: Handlers = {
  ...storageConfigHandlers,
  ...storageContentHandlers,
  ...pruneHandlers,
  'GET /storage': ({ lab, caller }) =>
    storages(lab)
      .filter((storage) => isVisible(caller, storage))
      .map((storage) => configuration(lab, storage)),
  'GET /storage/{storage}': ({ lab, parameters }) => {
    const name = parameters.required('storage')
    const storage = storages(lab).find((candidate) => candidate.storage === name)
    return storage === undefined ? refuse(`storage '${name}' does not exist`) : configuration(lab, storage)
  },
  'GET /nodes/{node}/storage': (call) => {
    const { lab, caller, parameters } = call
    const wanted = parameters.text('storage')
    const content = parameters.text('content')?.split(/[,; ]+/)
    return storages(lab)
      .filter((storage) => isVisible(caller, storage))
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
          ...(isFor(storage, call.node)
            ? { used_fraction: status.total === 0 ? 0 : status.used / status.total }
            : {}),
          ...(parameters.flag('format') && isFor(storage, call.node) ? { format } : {}),
        }
      })
  },
  'GET /nodes/{node}/storage/{storage}': index(
    'subdir',
    'content download-url file-restore prunebackups rrd rrddata status upload',
  ),
  'GET /nodes/{node}/storage/{storage}/rrddata': (call) =>
    call.lab.history.read(`${call.node}/${storageOf(call).storage}`, call.parameters.required('timeframe')),
  'GET /nodes/{node}/storage/{storage}/status': (call) => statusOf(call, storageOf(call)),
}

function isVisible(caller: Caller, { storage }: Storage): boolean {
  return ['Datastore.Audit', 'Datastore.AllocateSpace'].some((name) =>
    caller.may(`/storage/${storage}`, name),
  )
}

function configuration(lab: ServedLab, { storage, type, content, configuration: rest }: Storage) {
  const all = storages(lab)
  // Without a file, the nodes' own directory is what is there first.
  const implied = all.length === 1 ? { priority: 0 } : {}
  return { storage, type, content, ...rest, ...implied, digest: digestOf(all) }
}

/** The formats of disks a storage takes, and the one it uses by itself. */
function formatsOf({ type }: Storage) {
  if (type === 'dir' || type === 'nfs') return [{ raw: 1, qcow2: 1, vmdk: 1, subvol: 1 }, 'raw']
  return type === 'zfspool' ? [{ raw: 1, subvol: 1 }, 'raw'] : [{ raw: 1 }, 'raw']
}

function statusOf({ lab, node }: Call, storage: Storage) {
  const { type, content, isShared } = storage
  if (!isFor(storage, node))
    return { type, content, shared: Number(isShared), enabled: 0, active: 0, used: 0, total: 0, avail: 0 }
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
