/** A guest made again from a backup, under its own number or another one. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse } from '../api-error.ts'
import { archivesOn } from '../backup-archives.ts'
import { drawnIds, type GuestOptions, readConfig, writeConfig } from '../guest-configs.ts'
import type { Volume } from '../guest-volumes.ts'
import type { Call } from '../handler.ts'
import { NodeTask } from '../node-task.ts'
import { completedOptions } from '../option-completion.ts'
import { requirePrivilege } from '../privileges.ts'
import { vmidOf } from '../served-lab.ts'
import { storages } from '../storages.ts'
import { addGuest, wordOf } from './guest-adding.ts'
import { diskName, sizeGiB } from './volumes.ts'

type Kind = GuestMachine['kind']

/** Reading the archive's configuration, and writing that of the guest (assumptions). */
const headMs = 1500
const endMs = 500

interface Restoration {
  readonly kind: Kind
  readonly volid: string
  /** What the client wants otherwise than in the backup. */
  readonly given: GuestOptions
}

export function restoreGuest(call: Call, { kind, volid, given }: Restoration): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  const what = `unable to restore ${wordOf(kind)} ${vmid} - `
  const archive = storages(lab)
    .flatMap((storage) => archivesOn(lab, node, storage))
    .find((each) => each.volid === volid)
  const former = lab.guestsOf(node).find((guest) => vmidOf(guest) === vmid)
  if (former !== undefined) requireReplaceable(call, former, kind, what)
  const target = parameters.text('storage')
  if (target !== undefined) {
    if (!storages(lab).some(({ storage }) => storage === target)) refuse(`storage '${target}' does not exist`)
    requirePrivilege(caller, `/storage/${target}`, 'Datastore.AllocateSpace')
  }
  lab.requireQuorum(node)
  const task = new NodeTask(call, kind === 'vm' ? 'qmrestore' : 'vzrestore', vmid)
  task.after(headMs, () => {
    if (archive?.guest?.kind !== kind) {
      task.end(`${what}volume '${volid}' does not exist`)
      return
    }
    const options = restoredOptions(call, task, archive, given)
    const writtenMiB = Math.min(lab.world.parameters.diskWritten, totalGiB(options) * 1024)
    task.after((writtenMiB / lab.world.parameters.diskCopyRate) * 1000 + endMs, () => {
      if (former !== undefined) removeFormer(call, former)
      const guest = addGuest(call, kind, vmid, options)
      const pool = parameters.text('pool')
      if (pool !== undefined) lab.accountsOf(node).rights.pools.get(pool)?.vmids.add(vmid)
      task.log('rescan volumes...')
      if (parameters.flag('start'))
        lab.world.agents.start(guest, lab.machine(node), 'pvedaemon', (error) => task.end(error))
      else task.end()
    })
  })
  return task.upid
}

function requireReplaceable(
  { lab, node, parameters }: Call,
  former: GuestMachine,
  kind: Kind,
  what: string,
): void {
  const vmid = vmidOf(former)
  const home = lab.world.configuredNode(former, node)
  if (!parameters.flag('force') || home !== node || former.kind !== kind)
    refuse(`${what}${wordOf(former.kind)} ${vmid} already exists on node '${home}'`)
  if (former.host !== undefined) refuse(`${what}${kind === 'vm' ? 'vm' : 'CT'} is running`)
  if (readConfig(lab, node, former).options.protection === 1)
    refuse(`${what}can't remove ${wordOf(kind)} ${vmid} - protection mode enabled`)
}

function removeFormer({ lab, node }: Call, former: GuestMachine): void {
  writeConfig(lab, node, former, null)
  lab.world.inventory.removeGuest(former.id)
}

/** The disks get volumes of the new guest, on the same storage or on another one. */
function restoredOptions(call: Call, task: NodeTask, archive: Volume, given: GuestOptions): GuestOptions {
  const { lab, node, parameters } = call
  const vmid = parameters.required('vmid')
  const kind = archive.guest?.kind ?? 'vm'
  const target = parameters.text('storage')
  const source = { ...archive.guest?.options, ...given }
  const asked = Object.entries(source)
    .filter(([name]) => !name.startsWith('unused'))
    .map(([name, value]): [string, string | number] => {
      const [, storage, rest = ''] = /^([^:,]+):[^,]*(.*)$/.exec(String(value)) ?? []
      const isDisk = diskName.test(name) && /size=\d+G/.test(String(value)) && !(name in given)
      if (!isDisk || storage === undefined) return [name, value]
      const about = rest.replaceAll(/,size=\w+/g, '')
      return [name, `${target ?? storage}:${sizeGiB(String(value))}${about}`]
    })
  const isUnique = parameters.flag('unique')
  const { uuid, generation } = drawnIds(lab, `${kind}:${vmid}`, `/${lab.wallTime.seconds()}`)
  const drawn: GuestOptions =
    kind === 'vm' ? { vmgenid: generation, ...(isUnique ? { smbios1: `uuid=${uuid}` } : {}) } : {}
  const options = isUnique
    ? asked.map(([name, value]) => [name, withoutAddress(name, value)] as const)
    : asked
  const log = { log: (line: string) => task.log(line) }
  return {
    ...completedOptions({ lab, node, kind, vmid, present: {}, task: log }, Object.fromEntries(options)),
    ...drawn,
  }
}

function withoutAddress(name: string, value: string | number): string | number {
  if (!/^net\d+$/.test(name)) return value
  return String(value)
    .replace(/^([a-z0-9-]+)=([0-9A-F]{2}:){5}[0-9A-F]{2}/i, '$1')
    .replace(/,hwaddr=[^,]*/i, '')
}

function totalGiB(options: GuestOptions): number {
  return Object.entries(options)
    .filter(([name]) => diskName.test(name))
    .reduce((sum, [, value]) => sum + sizeGiB(String(value)), 0)
}
