/** The work of a backup task: what is done with each guest, and what the log says of it. */
import type { GuestMachine } from '../../world/guest-machine.ts'
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
import type { Call } from '../handler.ts'
import { gibibyte, mebibyte } from '../load-figures.ts'
import type { NodeTask } from '../node-task.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { isStorageActive, type Storage } from '../storages.ts'
import { diskName } from './volumes.ts'

/** A snapshot and the end of an archive (assumptions). */
const prepareMs = 1500
const finishMs = 1000

interface Job {
  readonly call: Call
  readonly task: NodeTask
  readonly storage: Storage
  readonly guests: readonly GuestMachine[]
  ended(error?: string): void
}

/** One archive after the other. */
export class BackupRun {
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
