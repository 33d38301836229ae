/** Which backups of a storage a rule would let go, and letting them go. */
import { archivesOn, keepRule, prunable, removeVolume } from '../backup-archives.ts'
import type { Volume } from '../guest-volumes.ts'
import type { Call, Handlers } from '../handler.ts'
import { NodeTask } from '../node-task.ts'
import { requirePrivilege } from '../privileges.ts'
import { storageOf } from './storage-content.ts'

const path = '/nodes/{node}/storage/{storage}/prunebackups'

export const pruneHandlers: Handlers = {
  [`GET ${path}`]: (call) =>
    marked(call).map(({ archive, mark }) => ({
      volid: archive.volid,
      ctime: archive.ctime ?? 0,
      type: archive.guest?.kind === 'ct' ? 'lxc' : 'qemu',
      mark,
      ...(archive.vmid === undefined ? {} : { vmid: archive.vmid }),
    })),
  [`DELETE ${path}`]: (call) => {
    const { lab, node, caller, parameters } = call
    const storage = storageOf(call)
    const vmid = parameters.text('vmid')
    if (vmid === undefined) requirePrivilege(caller, `/storage/${storage.storage}`, 'Datastore.Allocate')
    else {
      requirePrivilege(caller, `/storage/${storage.storage}`, 'Datastore.AllocateSpace')
      requirePrivilege(caller, `/vms/${vmid}`, 'VM.Backup')
    }
    const task = new NodeTask(
      call,
      'prunebackups',
      `${vmid === undefined ? '' : `${vmid}@`}${storage.storage}`,
    )
    task.after(300, () => {
      for (const { archive, mark } of marked(call)) {
        task.log(`${mark.padEnd(9)} ${archive.volid}`)
        if (mark === 'remove') removeVolume(lab, node, storage, archive.volid)
      }
      task.end()
    })
    return task.upid
  },
}

interface Marked {
  readonly archive: Volume
  readonly mark: 'keep' | 'remove' | 'protected'
}

/** Guest by guest, the rule of the client before that of the storage. */
function marked(call: Call): readonly Marked[] {
  const { lab, node, parameters } = call
  const storage = storageOf(call)
  const own = storage.configuration['prune-backups']
  const rule = keepRule(parameters.text('prune-backups') ?? (typeof own === 'string' ? own : undefined))
  const type = parameters.text('type')
  const vmid = parameters.integer('vmid')
  const archives = archivesOn(lab, node, storage).filter(
    (archive) =>
      (vmid ?? archive.vmid) === archive.vmid &&
      (type === undefined || (type === 'lxc') === (archive.guest?.kind === 'ct')),
  )
  const guests = [...new Set(archives.map((archive) => archive.vmid))]
  return guests.flatMap((guest) => {
    const ofGuest = archives.filter((archive) => archive.vmid === guest)
    const gone = prunable(ofGuest, rule)
    return ofGuest.map((archive): Marked => {
      if (archive.isProtected === true) return { archive, mark: 'protected' }
      return { archive, mark: gone.has(archive) ? 'remove' : 'keep' }
    })
  })
}
