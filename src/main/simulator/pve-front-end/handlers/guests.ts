import type { GuestMachine } from '../../world/guest-machine.ts'
import { readServices } from '../../world/shared-files.ts'
import { readConfig } from '../guest-configs.ts'
import { type Call, type Handler, type Handlers, index } from '../handler.ts'
import { guestFigures, mebibyte } from '../load-figures.ts'
import { vmidOf } from '../served-lab.ts'
import { cloudInitHandlers } from './cloud-init.ts'
import { cloningHandlers } from './guest-cloning.ts'
import { guestConfigHandlers, guestOf, tagList } from './guest-config.ts'
import { diskHandlers } from './guest-disks.ts'
import { guestLifeHandlers } from './guest-life.ts'
import { guestMachineHandlers } from './guest-machine.ts'
import { snapshotHandlers } from './guest-snapshots.ts'
import { migrate, migrationConditions } from './migration.ts'
import { powerHandlers } from './power.ts'

type Kind = GuestMachine['kind']

export const guestHandlers: Handlers = {
  ...handlersOf('vm'),
  ...handlersOf('ct'),
  ...vmOnly(),
  ...containerOnly(),
}

function handlersOf(kind: Kind): Handlers {
  const base = `/nodes/{node}/${kind === 'vm' ? 'qemu' : 'lxc'}`
  const guest = `${base}/{vmid}`
  return {
    [`GET ${base}`]: list(kind),
    [`GET ${guest}`]: index(
      'subdir',
      kind === 'vm'
        ? 'config cloudinit pending status unlink vncproxy termproxy migrate resize move rrd rrddata monitor agent snapshot spiceproxy sendkey firewall mtunnel remote_migrate'
        : 'config pending status vncproxy termproxy vncwebsocket spiceproxy migrate clone initlog rrd rrddata firewall snapshot resize interfaces',
    ),
    [`GET ${guest}/rrddata`]: (call) =>
      call.lab.history.read(guestOf(call, kind).id, call.parameters.required('timeframe')),
    ...guestConfigHandlers(kind, guest),
    ...guestLifeHandlers(kind, base),
    ...cloningHandlers(kind, guest),
    ...diskHandlers(kind, guest),
    ...snapshotHandlers(kind, guest),
    [`GET ${guest}/status`]: index(
      'subdir',
      kind === 'vm'
        ? 'current start stop reset shutdown suspend reboot'
        : 'current start stop shutdown suspend resume reboot',
    ),
    [`GET ${guest}/status/current`]: (call) => currentStatus(call, guestOf(call, kind)),
    [`POST ${guest}/migrate`]: (call) => migrate(call, guestOf(call, kind)),
    ...powerHandlers(kind, `${guest}/status`),
  }
}

function vmOnly(): Handlers {
  const guest = '/nodes/{node}/qemu/{vmid}'
  return {
    ...guestMachineHandlers,
    ...cloudInitHandlers,
    [`GET ${guest}/migrate`]: (call) => migrationConditions(call, guestOf(call, 'vm')),
  }
}

function containerOnly(): Handlers {
  const guest = '/nodes/{node}/lxc/{vmid}'
  return {
    [`GET ${guest}/interfaces`]: (call) => interfaces(call, guestOf(call, 'ct')),
    [`GET ${guest}/migrate`]: ({ lab, node, parameters }) => {
      const machine = lab.guestOn(node, parameters.required('vmid'), 'ct')
      const others = lab.members(node).filter((name) => name !== node)
      return {
        running: Number(lab.runsOn(machine, node)),
        'allowed-nodes': others.filter((name) => lab.world.shared.isOnline(node, name)),
        'not-allowed-nodes': {},
        'dependent-ha-resources': [],
      }
    },
  }
}

/** Its address comes from DHCP, which the lab does not model: only the hardware addresses are known. */
function interfaces({ lab, node }: Call, guest: GuestMachine) {
  if (!lab.runsOn(guest, node)) return []
  const { options } = readConfig(lab, node, guest)
  const cards = Object.entries(options).filter(([name]) => /^net\d+$/.test(name))
  const loopback = '00:00:00:00:00:00'
  return [
    card('lo', loopback, { inet: '127.0.0.1/8' }),
    ...cards.map(([name, text]) => {
      const address = /hwaddr=([0-9A-F:]+)/.exec(String(text))?.[1] ?? loopback
      return card(/name=([^,]+)/.exec(String(text))?.[1] ?? name, address.toLowerCase(), {})
    }),
  ]
}

function card(name: string, hwaddr: string, addresses: { readonly inet?: string }) {
  const [address, prefix] = addresses.inet?.split('/') ?? []
  const list =
    address === undefined
      ? []
      : [{ 'ip-address': address, 'ip-address-type': 'inet', prefix: Number(prefix) }]
  return { name, hwaddr, 'hardware-address': hwaddr, ...addresses, 'ip-addresses': list }
}

function list(kind: Kind): Handler {
  return (call) => {
    const { lab, node, caller, parameters } = call
    return lab
      .guestsOf(node)
      .filter((guest) => guest.kind === kind && lab.world.configuredNode(guest, node) === node)
      .filter((guest) => caller.may(`/vms/${vmidOf(guest)}`, 'VM.Audit'))
      .map((guest) => {
        const full = kind === 'vm' && parameters.flag('full')
        return full ? { ...summary(call, guest), ...qemuDetails(call, guest) } : summary(call, guest)
      })
  }
}

function summary({ lab, node }: Call, guest: GuestMachine) {
  const isRunning = lab.runsOn(guest, node)
  const { options } = readConfig(lab, node, guest)
  const common = {
    vmid: Number(vmidOf(guest)),
    name: String(options.name ?? options.hostname ?? guest.spec.name),
    ...(options.tags === undefined ? {} : { tags: tagList(String(options.tags)) }),
    ...(options.lock === undefined ? {} : { lock: options.lock }),
    ...(options.template === undefined ? {} : { template: 1 }),
    status: isRunning ? 'running' : 'stopped',
    cpus: guest.spec.cpus,
    ...guestFigures(lab, guest, isRunning),
    // Process ids of guests follow from their own ids, which is enough to tell them apart.
    ...(isRunning ? { pid: pidOfGuest(guest) } : {}),
  }
  if (guest.kind === 'vm') return common
  return { ...common, type: 'lxc', swap: 0, maxswap: 512 * mebibyte, diskread: 0, diskwrite: 0 }
}

function qemuDetails({ lab, node }: Call, guest: GuestMachine) {
  if (!lab.runsOn(guest, node)) return { qmpstatus: 'stopped' }
  const { netin, netout } = guestFigures(lab, guest, true)
  const nics = { [`tap${vmidOf(guest)}i0`]: { netin, netout } }
  return { qmpstatus: guest.isPaused ? 'paused' : 'running', nics }
}

function currentStatus(call: Call, guest: GuestMachine) {
  const { lab, node } = call
  const service = readServices(lab.world.shared, node)[guest.id]
  const ha =
    service === undefined
      ? { managed: 0 }
      : { managed: 1, state: service.state, group: service.group ?? null }
  return {
    ...summary(call, guest),
    ...(guest.kind === 'vm' ? { ...qemuDetails(call, guest), ...devices(call, guest) } : {}),
    ha,
  }
}

/** Whether there are an agent and a serial console to talk to. */
function devices({ lab, node }: Call, guest: GuestMachine) {
  const { options } = readConfig(lab, node, guest)
  const hasAgent = /^(1|enabled=1)/.test(String(options.agent ?? ''))
  const hasSerial = Object.keys(options).some((name) => /^serial\d$/.test(name))
  return { ...(hasAgent ? { agent: 1 } : {}), ...(hasSerial ? { serial: 1 } : {}) }
}

/** Of the process of a guest that runs: far from those of daemons, and the same each time. */
export function pidOfGuest(guest: GuestMachine): number {
  return 10_000 + Number(vmidOf(guest))
}
