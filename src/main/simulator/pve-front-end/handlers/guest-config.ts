/** Reading and changing the configuration of a guest, with what waits for its next start. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import { findEndpoint } from '../api-facts.ts'
import { shownOption } from '../cloud-init.ts'
import {
  digestOfConfig,
  type GuestConfig,
  type GuestOptions,
  readConfig,
  requireUnlocked,
  withPending,
  writeConfig,
} from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { completedOptions } from '../option-completion.ts'
import { privilegeOfOption } from '../option-privileges.ts'
import { listOf } from '../parameters.ts'
import { requirePrivilege, requireRootFor } from '../privileges.ts'
import type { ServedLab } from '../served-lab.ts'
import { vmidOf } from '../served-lab.ts'
import { storages } from '../storages.ts'
import type { RunningTask } from '../tasks.ts'
import { diskName } from './volumes.ts'

type Kind = GuestMachine['kind']

export function guestConfigHandlers(kind: Kind, guest: string): Handlers {
  return {
    [`GET ${guest}/config`]: (call) => {
      const config = readConfig(call.lab, call.node, guestOf(call, kind))
      const options = call.parameters.flag('current') ? config.options : withPending(config)
      const shown = Object.entries(options).map(([name, value]) => [name, shownOption(name, value)] as const)
      return { ...Object.fromEntries(shown), digest: digestOfConfig(config) }
    },
    [`GET ${guest}/pending`]: (call) => pendingOf(readConfig(call.lab, call.node, guestOf(call, kind))),
    [`PUT ${guest}/config`]: (call) => {
      change(call, guestOf(call, kind))
      return null
    },
    ...(kind === 'vm' ? { [`POST ${guest}/config`]: changeInTask } : {}),
  }
}

export function guestOf({ lab, node, parameters }: Call, kind: Kind): GuestMachine {
  return lab.guestOn(node, parameters.required('vmid'), kind)
}

function pendingOf({ options, pending }: GuestConfig) {
  const names = [...new Set([...Object.keys(options), ...Object.keys(pending)])]
  return names.map((key) => {
    const next = pending[key]
    return {
      key,
      ...(options[key] === undefined ? {} : { value: shownOption(key, options[key]) }),
      ...(next === undefined ? {} : next === null ? { delete: 1 } : { pending: shownOption(key, next) }),
    }
  })
}

/** Parameters of the call itself. */
const notOptions = new Set([
  'node',
  'vmid',
  'digest',
  'delete',
  'revert',
  'skiplock',
  'force',
  'background_delay',
])
/** Options that a running guest takes at once; the others wait for its next start. */
const immediate =
  /^(name|hostname|description|tags|onboot|startup|lock|protection|hotplug|boot|migrate_downtime|unused\d+)$/
/** What a container's host can change while it runs, and what a virtual machine can be plugged in and out (by default). */
const changedRunning = {
  ct: /^(memory|swap|cores|cpulimit|cpuunits|nameserver|searchdomain|net\d+|mp\d+)$/,
  vm: /^(net|scsi|virtio|usb)\d+$/,
} as const

/** A drive for discs takes another one at any time; other drives of its bus wait. */
function isTakenAtOnce({ options }: GuestConfig, kind: Kind, name: string, value: unknown): boolean {
  if (immediate.test(name)) return true
  if (kind === 'vm' && /media=cdrom/.test(String(value)) && options[name] !== undefined) return true
  if (kind === 'vm' && options.hotplug !== undefined) {
    const plugs = String(options.hotplug)
    const kinds = { net: 'network', scsi: 'disk', virtio: 'disk', usb: 'usb' } as const
    const word = kinds[name.replace(/\d+$/, '') as keyof typeof kinds]
    if (plugs !== '1' && (word === undefined || !plugs.includes(word))) return false
  }
  return changedRunning[kind].test(name)
}

function changeInTask(call: Call): string {
  const { lab, node, caller, parameters } = call
  const guest = guestOf(call, 'vm')
  const given = parameters.names.filter((name) => !notOptions.has(name))
  const lines: string[] = []
  const config = changed(call, guest, { log: (line) => lines.push(line) })
  const task = lab.beginTask(node, 'qmconfig', vmidOf(guest), caller.label)
  const words = given.map((name) => `-${name} ${parameters.required(name)}`).join(' ')
  for (const line of [...`update VM ${vmidOf(guest)}: ${words}`.split('\n'), ...lines]) task.log(line)
  writeConfig(lab, node, guest, config)
  lab.machine(node).scope.after(20, () => task.end())
  return task.upid
}

function change(call: Call, guest: GuestMachine): void {
  writeConfig(call.lab, call.node, guest, changed(call, guest))
}

function changed(
  call: Call,
  guest: GuestMachine,
  task: Pick<RunningTask, 'log'> = { log: () => {} },
): GuestConfig {
  const { lab, node, caller, parameters } = call
  requireRootFor(call, ['skiplock'])
  const config = readConfig(lab, node, guest)
  const deleted = listOf(parameters.text('delete'))
  const reverted = listOf(parameters.text('revert'))
  const both = deleted.find((name) => reverted.includes(name))
  if (both !== undefined)
    refuseParameters({ revert: `you can't use '-delete ${both}' and -revert ${both}' at the same time` })
  const digest = parameters.text('digest')
  if (digest !== undefined && digest !== digestOfConfig(config))
    refuse('checksum mismatch (file change by other user?)')
  if (!parameters.flag('skiplock')) requireUnlocked(config, guest)
  const given = parameters.names.filter((name) => !notOptions.has(name))
  for (const name of [...given, ...deleted, ...reverted])
    requirePrivilege(caller, `/vms/${vmidOf(guest)}`, privilegeOfOption(name, parameters.text(name)))
  const wanted = Object.fromEntries(
    given.map((name) => [name, optionValue(lab, guest.kind, name, parameters.required(name))]),
  )
  requireStorages(call, wanted)
  const vmid = vmidOf(guest)
  const present = withPending(config)
  const wishes: [string, string | number | null][] = [
    ...deleted.map((name): [string, null] => [name, null]),
    ...Object.entries(completedOptions({ lab, node, kind: guest.kind, vmid, present, task }, wanted)),
  ]
  const isRunning = guest.host !== undefined
  const isNow = ([name, value]: readonly [string, unknown]) =>
    !isRunning || isTakenAtOnce(config, guest.kind, name, value)
  const now = wishes.filter(isNow)
  const later = wishes.filter((wish) => !isNow(wish))
  const pending = Object.entries(config.pending).filter(([name]) => !reverted.includes(name))
  return {
    ...config,
    options: withPending({ ...config, pending: Object.fromEntries(now) }),
    pending: { ...Object.fromEntries(pending), ...Object.fromEntries(later) },
    pendingSinceMs: lab.world.scheduler.nowMs(),
  }
}

/** New disks are made where the client may make some. */
export function requireStorages({ lab, caller }: Call, options: GuestOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const storage = diskName.test(name) ? /^([^:,]+):/.exec(String(value))?.[1] : undefined
    if (storage === undefined) continue
    if (!storages(lab).some((known) => known.storage === storage))
      refuse(`storage '${storage}' does not exist`)
    requirePrivilege(caller, `/storage/${storage}`, 'Datastore.AllocateSpace')
  }
}

/** Numbers come back as numbers, property strings as text. */
export function optionValue(lab: ServedLab, kind: Kind, name: string, text: string): string | number {
  const path = `/nodes/x/${kind === 'vm' ? 'qemu' : 'lxc'}`
  const { endpoint } = findEndpoint('POST', path, lab.release) ?? {}
  const fact = endpoint?.params[name] ?? endpoint?.params[name.replace(/\d+$/, '[n]')]
  if (name === 'tags') return tagList(text)
  if (fact?.type === 'boolean') return /^(1|on|yes|true)$/i.test(text) ? 1 : 0
  return fact?.type === 'integer' || fact?.type === 'number' ? Number(text) : text
}

/** In alphabetical order and each once, as the server keeps them. */
export function tagList(text: string): string {
  return [...new Set(text.split(/[,; ]+/).filter(Boolean))].sort().join(';')
}

/** Of a virtual machine `current=512` or `512`, of a container a number. */
export function memoryMiB({ memory }: GuestOptions): number {
  return Number(
    String(memory ?? 512)
      .replace('current=', '')
      .split(',')[0],
  )
}
