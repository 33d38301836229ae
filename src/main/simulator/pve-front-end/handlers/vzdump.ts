/** Backups of guests: a task that makes an archive of one after the other. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse, refuseParameters, refusePermission } from '../api-error.ts'
import { archivesOn } from '../backup-archives.ts'
import type { Call, Handlers } from '../handler.ts'
import { NodeTask } from '../node-task.ts'
import { listOf } from '../parameters.ts'
import { requirePrivilege } from '../privileges.ts'
import { vmidOf } from '../served-lab.ts'
import { isFor, type Storage, storages } from '../storages.ts'
import { BackupRun } from './backup-run.ts'

export const vzdumpHandlers: Handlers = {
  'POST /nodes/{node}/vzdump': (call) => beginBackup(call),
  'GET /nodes/{node}/vzdump/defaults': ({ lab, parameters }) => {
    const storage = storages(lab).find((known) => known.storage === (parameters.text('storage') ?? 'local'))
    const rule = storage?.configuration['prune-backups'] ?? 'keep-all=1'
    return {
      all: 0,
      bwlimit: 0,
      compress: '0',
      ionice: 7,
      lockwait: 180,
      mailnotification: 'always',
      mode: 'snapshot',
      'notification-mode': 'auto',
      pigz: 0,
      'prune-backups': rule,
      remove: 1,
      stdexcludes: 1,
      stop: 0,
      stopwait: 10,
      tmpdir: '/var/tmp',
      zstd: 1,
    }
  },
  'GET /nodes/{node}/vzdump/extractconfig': ({ lab, node, caller, parameters }) => {
    const volid = parameters.required('volume')
    const found = storages(lab)
      .flatMap((storage) => archivesOn(lab, node, storage))
      .find((archive) => archive.volid === volid)
    if (found?.guest === undefined) return refuse(`volume '${volid}' does not exist`)
    requirePrivilege(caller, `/vms/${found.vmid}`, 'VM.Backup')
    return configText(found.guest.options)
  },
}

export function configText(options: Readonly<Record<string, string | number>>): string {
  return Object.entries(options)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

/** Guests on that node which a backup is meant for: by number, in a pool, or all but some. */
export function meantGuests(call: Call): readonly GuestMachine[] {
  const { lab, node, parameters } = call
  const [vmids, excluded] = [listOf(parameters.text('vmid')), listOf(parameters.text('exclude'))]
  const pool = parameters.text('pool')
  const members = pool === undefined ? undefined : lab.accountsOf(node).rights.pools.get(pool)?.vmids
  return lab
    .guestsOf(node)
    .filter((guest) => lab.world.configuredNode(guest, node) === node)
    .filter((guest) => {
      const vmid = vmidOf(guest)
      if (vmids.length > 0) return vmids.includes(vmid)
      return (members === undefined || members.has(vmid)) && !excluded.includes(vmid)
    })
    .toSorted((one, other) => Number(vmidOf(one)) - Number(vmidOf(other)))
}

/** What a backup cannot be asked for at the same time, in the words of the server. */
export function requireSelection({ parameters }: Call): void {
  const has = (name: string) => parameters.text(name) !== undefined
  const conflict = (name: string, other: string) =>
    refuseParameters({ [name]: `option conflicts with option '${other}'\n` })
  const all = parameters.flag('all')
  if (all && has('vmid')) conflict('all', 'vmid')
  if (has('exclude') && has('vmid')) conflict('exclude', 'vmid')
  if (has('pool') && all) conflict('pool', 'all')
  if (has('pool') && has('vmid')) conflict('pool', 'vmid')
  if (!all && !has('vmid') && !has('pool') && !parameters.flag('stop'))
    refuseParameters({ vmid: 'property is missing and it is not optional' })
  if (has('prune-backups') && has('maxfiles')) conflict('prune-backups', 'maxfiles')
}

function backupStorage({ lab, node, parameters, caller }: Call): Storage {
  const name = parameters.text('storage') ?? 'local'
  const wrong = `could not get storage information for '${name}': `
  const storage = storages(lab).find((known) => known.storage === name)
  if (storage === undefined) return refuse(`${wrong}storage '${name}' does not exist`)
  requirePrivilege(caller, `/storage/${name}`, 'Datastore.AllocateSpace')
  if (!storage.content.split(',').includes('backup'))
    refuse(`${wrong}can't use storage '${name}' for backups - wrong content type`)
  if (!isFor(storage, node)) refuse(`${wrong}storage '${name}' is not available on node '${node}'`)
  return storage
}

/** Begins the task; `ended` hears what went wrong, if anything did. */
export function beginBackup(call: Call, ended: (error?: string) => void = () => {}): string {
  const { lab, node, caller, parameters } = call
  const other = parameters.text('node')
  // A job for another node ends without a word.
  if (other !== undefined && other !== node) return 'OK'
  requireSelection(call)
  if (parameters.text('dumpdir') !== undefined && caller.label !== 'root@pam')
    refuseParameters({ dumpdir: 'Only root may set this option.' })
  const storage = backupStorage(call)
  const guests = meantGuests(call)
  const vmids = listOf(parameters.text('vmid'))
  for (const vmid of vmids)
    if (!caller.may(`/vms/${vmid}`, 'VM.Backup')) refusePermission(` (/vms/${vmid}, VM.Backup)`)
  const task = new NodeTask(call, 'vzdump', vmids.length === 1 ? (vmids[0] as string) : '')
  task.log(`INFO: starting new backup job: vzdump ${wordsOf(call)}`)
  const run = new BackupRun({
    call,
    task,
    storage,
    guests: guests.filter((guest) => caller.may(`/vms/${vmidOf(guest)}`, 'VM.Backup')),
    ended,
  })
  for (const vmid of vmids.filter((each) => !guests.some((guest) => vmidOf(guest) === each)))
    run.missing(
      vmid,
      lab.guestsOf(node).some((guest) => vmidOf(guest) === vmid),
    )
  task.after(startMs, () => run.next())
  return task.upid
}

/** Until the first guest is looked at (an assumption). */
const startMs = 500

function wordsOf({ parameters, node }: Call): string {
  const vmids = listOf(parameters.text('vmid')).join(' ')
  const options = parameters.names
    .filter((name) => name !== 'vmid' && name !== 'node')
    .map((name) => `--${name} ${parameters.required(name)}`)
  return [vmids, ...options, `--node ${node}`].filter(Boolean).join(' ')
}
