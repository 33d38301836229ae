/** Backups of guests: a task that makes an archive of one after the other. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse, refuseParameters, refusePermission } from '../api-error.ts'
import {
  addVolume,
  archiveName,
  archivesOn,
  type Compression,
  keepRule,
  prunable,
  removeVolume,
} from '../backup-archives.ts'
import { readConfig, withPending, writeConfig } from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { gibibyte, mebibyte } from '../load-figures.ts'
import { NodeTask } from '../node-task.ts'
import { listOf } from '../parameters.ts'
import { requirePrivilege } from '../privileges.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { isFor, isStorageActive, type Storage, storages } from '../storages.ts'
import { diskName } from './volumes.ts'

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

/** Until the first guest is looked at; a snapshot and the end of an archive (assumptions). */
const startMs = 500
const prepareMs = 1500
const finishMs = 1000

function wordsOf({ parameters, node }: Call): string {
  const vmids = listOf(parameters.text('vmid')).join(' ')
  const options = parameters.names
    .filter((name) => name !== 'vmid' && name !== 'node')
    .map((name) => `--${name} ${parameters.required(name)}`)
  return [vmids, ...options, `--node ${node}`].filter(Boolean).join(' ')
}

interface Job {
  readonly call: Call
  readonly task: NodeTask
  readonly storage: Storage
  readonly guests: readonly GuestMachine[]
  ended(error?: string): void
}

/** One archive after the other. */
class BackupRun {
  readonly #job: Job
  readonly #waiting: GuestMachine[]
  #failures = 0

  constructor(job: Job) {
    this.#job = job
    this.#waiting = [...job.guests]
  }

  missing(vmid: string, isElsewhere: boolean): void {
    // Guests of other members are left to their own nodes.
    if (isElsewhere) this.#log(`skip external VMs: ${vmid}`)
    else this.#fail(vmid, 'VM', `unable to find VM '${vmid}'`)
  }

  next(): void {
    const guest = this.#waiting.shift()
    if (guest === undefined) this.#end()
    else this.#backUp(guest)
  }

  #log(...lines: readonly string[]): void {
    this.#job.task.log(...lines.map((line) => `INFO: ${line}`))
  }

  #fail(vmid: string, word: string, why: string): void {
    this.#failures += 1
    this.#job.task.log(`ERROR: Backup of ${word} ${vmid} failed - ${why}`)
    this.#log(`Failed at ${this.#stamp()}`)
  }

  #end(): void {
    const { task, ended } = this.#job
    if (this.#failures > 0) {
      task.log('INFO: Backup job finished with errors')
      task.end('job errors')
      ended('job errors')
      return
    }
    this.#log('Backup job finished successfully')
    task.end()
    ended()
  }

  #stamp(): string {
    const { wallTime } = this.#job.call.lab
    return wallTime.stamp(wallTime.seconds())
  }

  #backUp(guest: GuestMachine): void {
    const { call, task, storage } = this.#job
    const { lab, node } = call
    const vmid = vmidOf(guest)
    const word = guest.kind === 'vm' ? 'VM' : 'CT'
    const config = readConfig(lab, node, guest)
    this.#log(
      `Starting Backup of ${word} ${vmid} (${guest.kind === 'vm' ? 'qemu' : 'lxc'})`,
      `Backup started at ${this.#stamp()}`,
      `status = ${guest.isRunning ? 'running' : 'stopped'}`,
    )
    const refusal = obstacle(lab, node, storage, config.options.lock)
    if (refusal !== undefined) {
      this.#fail(vmid, word, refusal)
      this.next()
      return
    }
    const mode = guest.isRunning ? (call.parameters.text('mode') ?? 'snapshot') : 'stop'
    this.#log(
      `${word} Name: ${config.options.name ?? config.options.hostname ?? guest.spec.name}`,
      ...disksOf(config.options).map((line) => `include disk ${line}`),
      `backup mode: ${mode}`,
      `ionice priority: ${call.parameters.text('ionice') ?? 7}`,
    )
    writeConfig(lab, node, guest, { ...config, options: { ...config.options, lock: 'backup' } })
    this.#inMode(guest, mode, () => task.after(prepareMs, () => this.#copy(guest, mode)))
  }

  /** Stopped in order and started again at once, or frozen, or left alone. */
  #inMode(guest: GuestMachine, mode: string, proceed: () => void): void {
    const { lab, node, parameters } = this.#job.call
    if (mode === 'suspend' && guest.isRunning) guest.setPaused(true)
    if (mode !== 'stop' || !guest.isRunning) {
      proceed()
      return
    }
    this.#log('stopping vm')
    const limitSeconds = 60 * (parameters.integer('stopwait') ?? 10)
    lab.world.agents.shutDown(guest, 'pvedaemon', limitSeconds, () => {
      this.#log('restarting vm')
      lab.world.agents.start(guest, lab.machine(node), 'pvedaemon', () => proceed())
    })
  }

  #copy(guest: GuestMachine, mode: string): void {
    const { call, task, storage } = this.#job
    const { lab, node, parameters } = call
    const compression = (parameters.text('compress') ?? '0') as Compression
    const name = archiveName(guest.kind, vmidOf(guest), lab.wallTime.seconds(), compression)
    const folder = typeof storage.configuration.path === 'string' ? storage.configuration.path : '/mnt'
    const beganSeconds = lab.wallTime.seconds()
    const writtenMiB = writtenOf(lab, guest)
    if (mode === 'suspend') guest.setPaused(false)
    this.#log(`creating vzdump archive '${folder}/dump/${name}'`, `started backup task '${guest.id}'`)
    task.after((writtenMiB / lab.world.parameters.diskCopyRate) * 1000 + finishMs, () => {
      const seconds = lab.wallTime.seconds() - beganSeconds
      const size = Math.round(writtenMiB * mebibyte * compressedShare(compression))
      const volid = `${storage.storage}:backup/${name}`
      this.#log(
        `transferred ${(writtenMiB / 1024).toFixed(2)} GiB in ${seconds} seconds`,
        `archive file size: ${(size / gibibyte).toFixed(2)}GB`,
      )
      const config = readConfig(lab, node, guest)
      const { lock: _lock, ...options } = config.options
      const notes = notesOf(call, guest)
      if (notes !== undefined) this.#log('adding notes to backup')
      addVolume(lab, node, storage, {
        volid,
        storage: storage.storage,
        vmid: Number(vmidOf(guest)),
        home: node,
        content: 'backup',
        format: name.split('.').slice(1).join('.'),
        size,
        ctime: lab.wallTime.seconds(),
        guest: { kind: guest.kind, options: withPending({ ...config, options }) },
        ...(notes === undefined ? {} : { notes }),
        ...(parameters.flag('protected') ? { isProtected: true } : {}),
      })
      writeConfig(lab, node, guest, { ...config, options })
      this.#prune(guest)
      this.#log(
        `Finished Backup of ${guest.kind === 'vm' ? 'VM' : 'CT'} ${vmidOf(guest)} (${clockText(seconds)})`,
        `Backup finished at ${this.#stamp()}`,
      )
      this.next()
    })
  }

  #prune(guest: GuestMachine): void {
    const { call, storage } = this.#job
    const { lab, node, parameters } = call
    if (parameters.text('remove') !== undefined && !parameters.flag('remove')) return
    const own = storage.configuration['prune-backups']
    const rule = keepRule(parameters.text('prune-backups') ?? (typeof own === 'string' ? own : undefined))
    const archives = archivesOn(lab, node, storage).filter(({ vmid }) => vmid === Number(vmidOf(guest)))
    const gone = prunable(archives, rule)
    if (rule !== undefined)
      this.#log(`prune older backups with retention: ${parameters.text('prune-backups') ?? own}`)
    for (const { volid } of gone) {
      this.#log(`removing backup '${volid}'`)
      removeVolume(lab, node, storage, volid)
    }
    if (rule !== undefined) this.#log(`pruned ${gone.size} backup(s) not covered by keep-retention policy`)
  }
}

function obstacle(
  lab: ServedLab,
  node: string,
  storage: Storage,
  lock: string | number | undefined,
): string | undefined {
  if (lock !== undefined) return `VM is locked (${lock})`
  if (!lab.world.shared.canWrite(node)) return 'cluster not ready - no quorum?'
  return isStorageActive(lab, storage, node) ? undefined : `storage '${storage.storage}' is not online`
}

function disksOf(options: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(options)
    .filter(([name, value]) => diskName.test(name) && !String(value).includes('media=cdrom'))
    .map(([name, value]) => {
      const [volid] = String(value).split(',')
      return `'${name}' '${volid}' ${/size=(\w+)/.exec(String(value))?.[1] ?? ''}`.trimEnd()
    })
}

const writtenOf = (lab: ServedLab, guest: GuestMachine) =>
  Math.min(lab.world.parameters.diskWritten, guest.spec.diskGB * 1024)

/** What is left of an archive (an assumption). */
const compressedShare = (compression: Compression) => (compression === '0' ? 1 : 0.5)

/** `{{guestname}}` and its kin. */
function notesOf({ lab, node, parameters }: Call, guest: GuestMachine): string | undefined {
  const { options } = readConfig(lab, node, guest)
  const words: Readonly<Record<string, string>> = {
    cluster: lab.clusterName(node) ?? 'standalone node',
    guestname: String(options.name ?? options.hostname ?? guest.spec.name),
    node,
    vmid: vmidOf(guest),
  }
  return parameters
    .text('notes-template')
    ?.replaceAll(/\{\{(\w+)\}\}/g, (whole, word: string) => words[word] ?? whole)
    .replaceAll('\\n', '\n')
}

function clockText(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
