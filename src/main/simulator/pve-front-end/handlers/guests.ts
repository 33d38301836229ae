import { createHash } from 'node:crypto'
import type { GuestMachine } from '../../world/guest-machine.ts'
import { readServices } from '../../world/ha-environment.ts'
import { refuse, refusePermission } from '../api-error.ts'
import { type Call, type Handler, type Handlers, index } from '../handler.ts'
import { guestFigures, mebibyte } from '../load-figures.ts'
import { missingConfiguration, type ServedLab, vmidOf } from '../served-lab.ts'
import { storages, volumeOf } from '../storages.ts'
import { migrate, migrationConditions } from './migration.ts'
import { powerHandlers } from './power.ts'

type Kind = GuestMachine['kind']

export const guestHandlers: Handlers = { ...handlersOf('vm'), ...handlersOf('ct'), ...vmOnly() }

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
    [`GET ${guest}/config`]: (call) => configuration(call.lab, guestOf(call, kind)),
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
    'POST /nodes/{node}/qemu': create,
    [`DELETE ${guest}`]: destroy,
    [`GET ${guest}/pending`]: (call) =>
      Object.entries(configuration(call.lab, guestOf(call, 'vm'))).map(([key, value]) => ({ key, value })),
    // Disks on Ceph can be cloned and frozen in snapshots, those in a directory as raw files cannot.
    [`GET ${guest}/feature`]: (call) => {
      const { disk } = guestOf(call, 'vm')
      const isInDirectory = disk.storage === undefined || ['dir', 'nfs'].includes(disk.storage.kind)
      return { hasFeature: Number(!isInDirectory), nodes: call.lab.members(call.node) }
    },
    [`GET ${guest}/migrate`]: (call) => migrationConditions(call, guestOf(call, 'vm')),
    [`GET ${guest}/snapshot`]: (call) => {
      const machine = guestOf(call, 'vm')
      const { digest } = configuration(call.lab, machine)
      const running = Number(call.lab.runsOn(machine, call.node))
      return [{ name: 'current', description: 'You are here!', digest, running }]
    },
  }
}

function guestOf({ lab, node, parameters }: Call, kind: Kind): GuestMachine {
  return lab.guestOn(node, parameters.required('vmid'), kind)
}

function list(kind: Kind): Handler {
  return (call) => {
    const { lab, node, caller, parameters } = call
    if (!caller.isPrivileged) return []
    return lab.world.guests
      .filter((guest) => guest.kind === kind && lab.world.configuredNode(guest, node) === node)
      .map((guest) => {
        const full = kind === 'vm' && parameters.flag('full')
        return full ? { ...summary(call, guest), ...qemuDetails(call, guest) } : summary(call, guest)
      })
  }
}

function summary({ lab, node }: Call, guest: GuestMachine) {
  const isRunning = lab.runsOn(guest, node)
  const common = {
    vmid: Number(vmidOf(guest)),
    name: guest.spec.name,
    status: isRunning ? 'running' : 'stopped',
    cpus: guest.spec.cpus,
    ...guestFigures(lab, guest, isRunning),
    // Process ids of guests follow from their own ids, which is enough to tell them apart.
    ...(isRunning ? { pid: 10_000 + Number(vmidOf(guest)) } : {}),
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
  return { ...summary(call, guest), ...(guest.kind === 'vm' ? qemuDetails(call, guest) : {}), ha }
}

/** The configuration file of a guest; ids that a real one draws are made from the guest's own. */
function configuration(lab: ServedLab, guest: GuestMachine) {
  const { name, ramMiB, cpus, diskGB } = guest.spec
  const hash = createHash('sha1').update(`${lab.world.lab.name}/${guest.id}`).digest('hex')
  const mac = `BC:24:11:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`.toUpperCase()
  const disk = `${volumeOf(lab, guest.spec)},size=${diskGB}G`
  const settings =
    guest.kind === 'vm'
      ? {
          boot: 'order=scsi0',
          cores: cpus,
          memory: String(ramMiB),
          meta: `creation-qemu=9.2.0,ctime=${lab.wallTime.secondsAt(0)}`,
          name,
          net0: `virtio=${mac},bridge=vmbr0`,
          onboot: 1,
          ostype: 'l26',
          scsi0: disk,
          scsihw: 'virtio-scsi-single',
          smbios1: `uuid=${uuidOf(hash)}`,
          vmgenid: uuidOf(Array.from(hash).reverse().join('')),
        }
      : {
          arch: 'amd64',
          cores: cpus,
          hostname: name,
          memory: ramMiB,
          net0: `name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,type=veth`,
          onboot: 1,
          ostype: 'debian',
          rootfs: disk,
          swap: 512,
          unprivileged: 1,
        }
  return { ...settings, digest: createHash('sha1').update(JSON.stringify(settings)).digest('hex') }
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** The lab's guests are given; what a real node would say first is said, then that. */
function create({ lab, node, caller, parameters }: Call): never {
  if (!caller.isPrivileged) refusePermission('')
  lab.requireQuorum(node)
  const vmid = parameters.required('vmid')
  const taken = lab.world.guests.find((guest) => vmidOf(guest) === vmid)
  if (taken !== undefined) {
    const home = lab.world.configuredNode(taken, node)
    const word = taken.kind === 'vm' ? 'VM' : 'CT'
    refuse(`unable to create VM ${vmid} - ${word} ${vmid} already exists on node '${home}'`)
  }
  const known = storages(lab).map(({ storage }) => storage)
  for (const name of parameters.names.filter((parameter) => /^(scsi|virtio|sata|ide)\d+$/.test(parameter))) {
    const storage = /^([^:,]+):/.exec(parameters.required(name))?.[1]
    if (storage !== undefined && !known.includes(storage)) refuse(`storage '${storage}' does not exist`)
  }
  return refuse('the embedded lab does not create guests')
}

function destroy(call: Call): never {
  const { lab, node, parameters } = call
  const vmid = parameters.required('vmid')
  const guest = lab.guestWith(vmid, 'vm')
  if (guest === undefined || lab.world.configuredNode(guest, node) !== node)
    return refuse(missingConfiguration(node, vmid, 'vm'))
  if (readServices(lab.world.shared, node)[guest.id] !== undefined && !parameters.flag('purge'))
    refuse(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`)
  if (lab.runsOn(guest, node)) refuse(`VM ${vmid} is running - destroy failed`)
  return refuse('the embedded lab does not destroy guests')
}
