import { freeVolumes, ownerOf } from '../../pve-front-end/free-volumes.ts'
import { readConfig, writeConfig } from '../../pve-front-end/guest-configs.ts'
import { unknownToHypervisor } from '../../pve-front-end/served-lab.ts'
import { isFor, storages } from '../../pve-front-end/storages.ts'
import { readArguments } from '../pve-command/arguments.ts'
import { described, encoded, guestSubcommands } from '../pve-command/guest-subcommands.ts'
import { guestWork, onGuest } from '../pve-command/guest-work.ts'
import { callLocally, Refusal } from '../pve-command/local-call.ts'
import { carryOut, type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Invocation, Subcommand } from '../pve-command/subcommand.ts'

interface ListedGuest {
  readonly vmid: number
  readonly name: string
  readonly status: string
  readonly maxmem: number
  readonly maxdisk: number
  readonly pid?: number
}

const guest = '/nodes/{node}/qemu/{vmid}'

const list: Subcommand = {
  usage: ' [OPTIONS]',
  method: 'GET',
  path: '/nodes/{node}/qemu',
  print(data) {
    const guests = (data as ListedGuest[]).toSorted((first, second) => first.vmid - second.vmid)
    if (guests.length === 0) return ''
    const head = row('VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID')
    const rows = guests.map(({ vmid, name, status, maxmem, maxdisk, pid = 0 }) =>
      row(vmid, name, status, maxmem / 2 ** 20, (maxdisk / 2 ** 30).toFixed(2), pid),
    )
    return [head, ...rows].join('')
  },
}

function row(
  vmid: unknown,
  name: string,
  status: string,
  memory: unknown,
  disk: string,
  pid: unknown,
): string {
  const text = (value: unknown, width: number) => String(value).padEnd(width)
  return `${String(vmid).padStart(10)} ${text(name, 20)} ${text(status, 10)} ${text(memory, 10)} ${disk.padStart(12)} ${text(pid, 10)}\n`
}

interface PendingOption {
  readonly key: string
  readonly value?: unknown
  readonly pending?: unknown
  readonly delete?: number
}

const pendingLines = (data: unknown) =>
  (data as PendingOption[])
    .filter(({ key }) => key !== 'digest')
    .toSorted((first, second) => (first.key < second.key ? -1 : 1))
    .map(({ key, value, pending: next, delete: isDeleted }) =>
      [
        ...(value === undefined ? [] : [`cur ${described(encoded({ [key]: value }), '')}`]),
        ...(next === undefined ? [] : [`new ${described(encoded({ [key]: next }), '')}`]),
        ...(isDeleted === 1 ? [`del ${key}\n`] : []),
      ].join(''),
    )
    .join('')

const pending: Subcommand = {
  usage: '<vmid>',
  positional: ['vmid'],
  method: 'GET',
  path: `${guest}/pending`,
  print: pendingLines,
}

const agentCall = onGuest('POST', `${guest}/agent/ping`, ['vmid'])

/** Images of the node's own folders alone, which a lab has none of. */
const importDisk: LocalSubcommand = {
  usage: '<vmid> <source> <storage> [OPTIONS]',
  async run(call, argv) {
    const [vmid, source, storage] = argv.filter((word) => !word.startsWith('-'))
    if (vmid === undefined || source === undefined || storage === undefined) {
      call.stderr('400 not enough arguments\nqm disk import <vmid> <source> <storage> [OPTIONS]\n')
      return 255
    }
    const isThere = (await call.files.read(call.node, source)) !== undefined
    call.stderr(
      isThere
        ? `qemu-img: Could not open '${source}': Image is not in a known format\n`
        : `stat of file '${source}' failed: No such file or directory\n`,
    )
    return 255
  },
}

/** Of guests that are there, what their hardware then answers. */
const ofGuest = (
  usage: string,
  answer: string,
  code: number,
  greeting: (vmid: string) => string = () => '',
): LocalSubcommand => ({
  usage,
  async run(call, [vmid = '']) {
    try {
      await callLocally(call, 'GET', `/nodes/${call.node}/qemu/${vmid}/config`, {})
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      call.stderr(`${error.message}\n`)
      return 255
    }
    call.stdout(greeting(vmid))
    call.stderr(answer)
    return code
  },
})

/** What of a guest's process follows from its configuration. */
function commandLine(data: unknown, { parameters, own }: Invocation): string {
  const { name, memory, cores, sockets } = data as Readonly<Record<string, string | number | undefined>>
  const vmid = parameters.vmid ?? ''
  const options = [
    ['-id', vmid],
    ['-name', `'${name ?? `VM${vmid}`},debug-threads=on'`],
    ['-no-shutdown'],
    ['-daemonize'],
    ['-smp', `'${Number(cores ?? 1) * Number(sockets ?? 1)},sockets=${sockets ?? 1},cores=${cores ?? 1}'`],
    ['-m', String(memory ?? 512)],
  ].map((words) => words.join(' '))
  const separator = own.pretty === '1' ? ' \\\n  ' : ' '
  return `${['/usr/bin/kvm', ...options].join(separator)}\n`
}

/** Volumes with a guest's number that its configuration does not name are there as unused ones (recorded). */
const rescan: LocalSubcommand = {
  usage: ' [OPTIONS]',
  async run(call, argv) {
    const { lab, node } = call
    const { parameters } = readArguments(argv, [], rescanOptions)
    call.stdout('rescan volumes...\n')
    const places = storages(lab).filter((storage) => isFor(storage, node))
    for (const volume of places.flatMap((storage) => freeVolumes(lab, ownerOf(storage, node)))) {
      const vmid = String(volume.vmid)
      if ((parameters.vmid ?? vmid) !== vmid) continue
      const machine = lab.guestWith(vmid, 'vm')
      if (machine === undefined || lab.world.configuredNode(machine, node) !== node) continue
      const config = readConfig(lab, node, machine)
      const { options } = config
      if (Object.values(options).some((value) => String(value).split(',')[0] === volume.volid)) continue
      let number = 0
      while (options[`unused${number}`] !== undefined) number++
      call.stdout(`VM ${vmid} add unreferenced volume '${volume.volid}' as 'unused${number}' to config\n`)
      writeConfig(lab, node, machine, {
        ...config,
        options: { ...options, [`unused${number}`]: volume.volid },
      })
    }
    return 0
  },
}

const rescanOptions = {
  dryrun: { type: 'boolean', optional: true },
  vmid: { type: 'integer', optional: true },
} as const

/** A guest that is not there is missed before the task begins, and again in it (recorded). */
const shutdownCall: Subcommand = {
  usage: '',
  positional: ['vmid'],
  method: 'POST',
  path: `${guest}/status/shutdown`,
}

const shutdown: LocalSubcommand = {
  usage: '<vmid> [OPTIONS]',
  api: shutdownCall,
  run(call, argv) {
    const { lab, node } = call
    const vmid = argv.find((word) => !word.startsWith('-')) ?? ''
    const machine = lab.guestWith(vmid, 'vm')
    const isHere = machine !== undefined && lab.world.configuredNode(machine, node) === node
    if (!isHere && /^\d+$/.test(vmid)) call.stderr(`${unknownToHypervisor(node, vmid)}\n\n`)
    return carryOut(call, shutdownCall, argv)
  },
}

export const qm = pveCommand({
  name: 'qm',
  startMs: 430,
  subcommands: {
    ...guestSubcommands('vm'),
    ...guestWork('vm'),
    agent: { ...agentCall, isAlias: true },
    'cloudinit dump': onGuest('GET', `${guest}/cloudinit/dump`, ['vmid', 'type'], String),
    'cloudinit pending': onGuest('GET', `${guest}/cloudinit`, ['vmid'], pendingLines),
    'cloudinit update': onGuest('PUT', `${guest}/cloudinit`, ['vmid']),
    create: onGuest('POST', '/nodes/{node}/qemu', ['vmid']),
    'disk import': importDisk,
    'disk move': onGuest('POST', `${guest}/move_disk`, ['vmid', 'disk', 'storage']),
    'disk resize': onGuest('PUT', `${guest}/resize`, ['vmid', 'disk', 'size']),
    'disk unlink': onGuest('PUT', `${guest}/unlink`, ['vmid']),
    'guest cmd': ofGuest('<vmid> <command>', 'No QEMU guest agent configured\n', 255),
    importdisk: importDisk,
    reset: onGuest('POST', `${guest}/status/reset`, ['vmid']),
    sendkey: onGuest('PUT', `${guest}/sendkey`, ['vmid', 'key']),
    unlink: { ...onGuest('PUT', `${guest}/unlink`, ['vmid']), isAlias: true },
    'guest exec': ofGuest('<vmid> [<extra-args>] [OPTIONS]', 'No QEMU guest agent configured\n', 255),
    list,
    'move-disk': { ...onGuest('POST', `${guest}/move_disk`, ['vmid', 'disk', 'storage']), isAlias: true },
    move_disk: { ...onGuest('POST', `${guest}/move_disk`, ['vmid', 'disk', 'storage']), isAlias: true },
    // Whatever is typed there, nobody is there any more when the input ends.
    monitor: ofGuest(
      '<vmid>',
      '\u001b[4mqm> \u001b[24m',
      0,
      (vmid) => `Entering QEMU Monitor for VM ${vmid} - type 'help' for help\n`,
    ),
    pending,
    'disk rescan': rescan,
    rescan,
    shutdown,
    showcmd: {
      usage: '<vmid> [OPTIONS]',
      positional: ['vmid'],
      method: 'GET',
      path: `${guest}/config`,
      own: { pretty: 'flag' },
      refusalCode: () => 2,
      print: commandLine,
    },
    terminal: ofGuest('<vmid> [OPTIONS]', 'unable to find a serial interface\n', 255),
  },
})
