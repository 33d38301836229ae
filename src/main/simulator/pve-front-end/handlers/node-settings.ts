/** What is set on a single node: notes, time zone, name servers, hosts, network. */
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { Result } from '../replies.ts'
import { digestOf, requireDigest } from './ha-options.ts'

export const nodeSettingHandlers: Handlers = {
  'GET /nodes/{node}/config': ({ lab, node, parameters }) => {
    const config = (lab.world.shared.read(node, configFile(node)) as Config | undefined) ?? {}
    if (Object.keys(config).length === 0) return {}
    const property = parameters.text('property')
    const all = { ...config, digest: digestOf(config) }
    return property === undefined
      ? all
      : Object.fromEntries(Object.entries(all).filter(([name]) => name === property))
  },
  'PUT /nodes/{node}/config': setConfig,
  'GET /nodes/{node}/time': ({ lab, node }) => {
    const seconds = lab.wallTime.seconds()
    const timezone = lab.files.read(node, 'timezone', 'Etc/UTC')
    return { time: seconds, localtime: seconds + offsetSeconds(timezone, seconds), timezone }
  },
  'PUT /nodes/{node}/time': ({ lab, node, parameters }) => {
    const timezone = parameters.required('timezone')
    if (!isZone(timezone)) refuseParameters({ timezone: 'No such timezone' })
    lab.files.write(node, 'timezone', timezone)
    return null
  },
  'GET /nodes/{node}/dns': ({ lab, node }) => lab.files.read(node, 'dns', installedDns),
  'PUT /nodes/{node}/dns': ({ lab, node, parameters }) => {
    const names = ['search', 'dns1', 'dns2', 'dns3'].filter((name) => parameters.text(name) !== undefined)
    lab.files.write(node, 'dns', Object.fromEntries(names.map((name) => [name, parameters.required(name)])))
    return null
  },
  'GET /nodes/{node}/hosts': (call) => {
    const data = hostsOf(call)
    return { data, digest: digestOf(data) }
  },
  'POST /nodes/{node}/hosts': (call) => {
    requireDigest(call.parameters.text('digest'), digestOf(hostsOf(call)), '')
    call.lab.files.write(call.node, 'hosts', call.parameters.required('data'))
    return null
  },
  'GET /nodes/{node}/network': (call) => {
    const type = call.parameters.text('type')
    const wanted = (entry: Interface) =>
      type === undefined || entry.type === type || (type.startsWith('any_') && entry.type === 'bridge')
    return new Result(
      [...interfacesOf(call)]
        .filter(([, entry]) => wanted(entry))
        .map(([iface, entry]) => ({ iface, ...entry })),
      changesOf(call),
    )
  },
  'POST /nodes/{node}/network': (call) => {
    const iface = call.parameters.required('iface')
    if (interfacesOf(call).has(iface)) refuseParameters({ iface: 'interface already exists' })
    return writeInterface(call, iface)
  },
  'PUT /nodes/{node}/network': ({ lab, node, caller }) => {
    // The new file takes the place of the old one, and ifreload carries it out.
    const task = lab.beginTask(node, 'srvreload', 'networking', caller.label)
    const pending = lab.files.read<Interfaces | undefined>(node, pendingFile, undefined)
    if (pending !== undefined) lab.files.write(node, networkFile, pending)
    lab.files.write(node, pendingFile, undefined)
    lab.machine(node).scope.after(reloadMs, () => task.end())
    return task.upid
  },
  'DELETE /nodes/{node}/network': ({ lab, node }) => {
    lab.files.write(node, pendingFile, undefined)
    return null
  },
  'GET /nodes/{node}/network/{iface}': (call) => interfaceOf(call),
  'PUT /nodes/{node}/network/{iface}': (call) => {
    interfaceOf(call)
    return writeInterface(call, call.parameters.required('iface'))
  },
  'DELETE /nodes/{node}/network/{iface}': (call) => {
    interfaceOf(call)
    const next = new Map(interfacesOf(call))
    next.delete(call.parameters.required('iface'))
    call.lab.files.write(call.node, pendingFile, next)
    return null
  },
}

type Config = Readonly<Record<string, string>>

const configFile = (node: string) => `nodes/${node}/config`

function setConfig({ lab, node, parameters }: Call): null {
  lab.requireQuorum(node)
  const { shared } = lab.world
  const old = (shared.read(node, configFile(node)) as Config | undefined) ?? {}
  requireDigest(parameters.text('digest'), digestOf(old), '')
  const deleted = listOf(parameters.text('delete'))
  const given = parameters.names.filter((name) => !['node', 'delete', 'digest'].includes(name))
  const kept = Object.entries(old).filter(([name]) => !deleted.includes(name))
  // Notes are kept as lines of a comment, so they come back with an end of line (recorded).
  const text = (name: string) =>
    name === 'description' ? `${parameters.required(name).replace(/\n$/, '')}\n` : parameters.required(name)
  shared.write(node, configFile(node), {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(given.map((name) => [name, text(name)])),
  })
  return null
}

function isZone(timezone: string): boolean {
  return Intl.supportedValuesOf('timeZone').includes(timezone) || /^(Etc\/)?(UTC|GMT)$/.test(timezone)
}

function offsetSeconds(timezone: string, seconds: number): number {
  const moment = new Date(seconds * 1000)
  const local = new Date(`${moment.toLocaleString('sv-SE', { timeZone: timezone }).replace(' ', 'T')}Z`)
  return Math.round(local.getTime() / 1000) - seconds
}

const installedDns = { search: 'lab.test', dns1: '10.9.0.1' }

function hostsOf({ lab, node }: Call): string {
  const own = `${lab.addressOf(node)} ${node}.lab.test ${node}\n`
  return lab.files.read(node, 'hosts', `127.0.0.1 localhost.localdomain localhost\n${own}`)
}

type Interface = Readonly<Record<string, unknown>> & { readonly type: string }
type Interfaces = ReadonlyMap<string, Interface>

const networkFile = '/etc/network/interfaces'
const pendingFile = '/etc/network/interfaces.new'
/** Until ifreload is through (an assumption). */
const reloadMs = 1500

function activeInterfaces({ lab, node }: Call): Interfaces {
  const address = lab.addressOf(node)
  const installed: Interfaces = new Map<string, Interface>([
    [
      'vmbr0',
      {
        type: 'bridge',
        method: 'static',
        method6: 'manual',
        address,
        netmask: '24',
        cidr: `${address}/24`,
        gateway: '10.9.0.1',
        bridge_ports: 'ens18',
        bridge_stp: 'off',
        bridge_fd: '0',
        families: ['inet'],
        priority: 4,
        active: 1,
        autostart: 1,
      },
    ],
    [
      'ens18',
      { type: 'eth', method: 'manual', method6: 'manual', families: ['inet'], priority: 3, active: 1 },
    ],
  ])
  return lab.files.read(node, networkFile, installed)
}

/** With what is pending. */
function interfacesOf(call: Call): Interfaces {
  return (
    call.lab.files.read<Interfaces | undefined>(call.node, pendingFile, undefined) ?? activeInterfaces(call)
  )
}

function interfaceOf(call: Call): Interface {
  const entry = interfacesOf(call).get(call.parameters.required('iface'))
  return entry ?? refuseParameters({ iface: 'interface does not exist' })
}

function writeInterface(call: Call, iface: string): null {
  const { lab, node, parameters } = call
  const type = parameters.required('type')
  if (type === 'bond' && parameters.text('slaves') === undefined) refuse('bond without slaves')
  const former = interfacesOf(call).get(iface)
  const options = parameters.names.filter((name) => !['node', 'iface', 'type', 'delete'].includes(name))
  const entry: Interface = {
    method: parameters.text('address') === undefined ? 'manual' : 'static',
    method6: 'manual',
    families: ['inet'],
    priority: interfacesOf(call).size + 3,
    ...former,
    type,
    ...Object.fromEntries(options.map((name) => [name, parameters.text(name)])),
  }
  lab.files.write(node, pendingFile, new Map([...interfacesOf(call), [iface, entry]]))
  return null
}

/** What the pending file differs in, as a patch; nothing when nothing is pending. */
function changesOf(call: Call): { readonly changes?: string } {
  const pending = call.lab.files.read<Interfaces | undefined>(call.node, pendingFile, undefined)
  if (pending === undefined) return {}
  const active = activeInterfaces(call)
  const lines = [
    ...[...active.keys()].filter((name) => !pending.has(name)).map((name) => `-iface ${name}`),
    ...[...pending].flatMap(([name, entry]) =>
      active.get(name) === entry ? [] : [`+auto ${name}`, `+iface ${name} inet ${entry.method}`],
    ),
  ]
  return { changes: `--- ${networkFile}\n+++ ${pendingFile}\n${lines.join('\n')}\n` }
}
