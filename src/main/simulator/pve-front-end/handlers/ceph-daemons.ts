/** Monitors, managers and OSDs created and destroyed, and daemons of a node started and stopped. */
import { type CephDaemon, cephDaemonsOn } from '../../world/ceph-daemons.ts'
import { refuse } from '../api-error.ts'
import {
  cephConfiguration,
  keepConfiguration,
  requireConfiguration,
  requireMonitors,
  requirePackages,
} from '../ceph-setup.ts'
import type { Call, Handlers } from '../handler.ts'
import { NodeTask } from '../node-task.ts'

const ceph = '/nodes/{node}/ceph'

export const cephDaemonHandlers: Handlers = {
  [`POST ${ceph}/init`]: initialize,
  [`POST ${ceph}/mon/{monid}`]: createMonitor,
  [`DELETE ${ceph}/mon/{monid}`]: destroyMonitor,
  [`POST ${ceph}/mgr/{id}`]: createManager,
  [`DELETE ${ceph}/mgr/{id}`]: destroyManager,
  [`GET ${ceph}/mds`]: (call) => {
    requireConfiguration(call.lab, call.node)
    return []
  },
  [`GET ${ceph}/fs`]: (call) => {
    requireConfiguration(call.lab, call.node)
    return []
  },
  [`POST ${ceph}/mds/{name}`]: () => refuse('the embedded lab has no CephFS'),
  [`DELETE ${ceph}/mds/{name}`]: (call) => {
    requireConfiguration(call.lab, call.node)
    const name = call.parameters.required('name')
    return refuse(`ceph MDS directory '/var/lib/ceph/mds/ceph-${name}' not found`)
  },
  [`POST ${ceph}/start`]: (call) => switchDaemons(call, 'start'),
  [`POST ${ceph}/stop`]: (call) => switchDaemons(call, 'stop'),
  [`POST ${ceph}/restart`]: (call) => switchDaemons(call, 'restart'),
}

/** An empty store of a monitor or manager with its keys, before it is started (an assumption). */
const prepareMs = 1500
/** Removing a daemon from a map, and its files from the node (an assumption). */
const removeMs = 1500
/** How long a task waits for a new daemon to be taken in (an assumption). */
const patienceMs = 60_000
/** systemd starting or stopping units (an assumption). */
const switchMs = 1000

const noMonitors = 'Could not connect to ceph cluster despite configured monitors'

async function initialize({ lab, node, parameters }: Call): Promise<null> {
  requirePackages(lab, node, '/usr/bin/ceph-mon')
  const old = cephConfiguration(lab, node)
  const { exists, settings } = lab.world.ceph
  if (old === undefined && exists)
    refuse('the embedded lab has one Ceph cluster, which other nodes have set up')
  await lab.clock.sleep(configureMs)
  const network = parameters.text('network') ?? old?.network
  const clusterNetwork = parameters.text('cluster-network') ?? old?.clusterNetwork
  // What stands in the file already stays; networks are overwritten (proxmox.md 5.2).
  const size = old?.size ?? parameters.integer('size') ?? 3
  const minSize = old?.minSize ?? parameters.integer('min_size') ?? 2
  keepConfiguration(lab, node, {
    size,
    minSize,
    ...(network === undefined ? {} : { network }),
    ...(clusterNetwork === undefined ? {} : { clusterNetwork }),
  })
  settings.thresholds.osdPoolDefaultSize = size
  settings.thresholds.osdPoolDefaultMinSize = minSize
  return null
}

/** Recorded: 0.5 s with the start of `pveceph` (0.27 s). */
const configureMs = 230

const slowdownOf = ({ lab, node }: Call) => lab.world.load.slowdown(lab.machine(node).spec)

async function createMonitor(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { monitors, managers, exists } = lab.world.ceph
  requirePackages(lab, node, '/usr/bin/ceph-mon')
  const { network } = requireConfiguration(lab, node)
  const id = parameters.required('monid')
  if (exists) await requireMonitors(lab, node, noMonitors)
  if (monitors.has(id)) refuse(`monitor '${id}' already exists`)
  if (id !== node) refuse('the embedded lab names monitors after their nodes')
  const address = lab.addressOf(node)
  const isOwn = (parameters.text('mon-address') ?? address) === address
  if (!isOwn || (network !== undefined && !isWithin(address, network)))
    refuse(
      `No active IP found for the requested ceph public network '${network ?? parameters.text('mon-address')}' on node '${node}'`,
    )
  const task = new NodeTask(call, 'cephcreatemon', `mon.${id}`)
  if (!exists) task.log('creating new monitor keyring', 'creating /etc/pve/priv/ceph.mon.keyring')
  task.after(prepareMs * slowdownOf(call), () => {
    task.log(
      `mon.${id} at ${address}`,
      `Created symlink /etc/systemd/system/ceph-mon.target.wants/ceph-mon@${id}.service`,
    )
    if (monitors.has(id)) return task.end(`monitor '${id}' already exists`)
    lab.world.ceph.createMonitor(node, slowdownOf(call))
    const finish = () => {
      // The first monitor brings a manager along.
      if (!exists && !managers.has(node)) {
        task.log(
          'creating manager directory',
          `Created symlink /etc/systemd/system/ceph-mgr.target.wants/ceph-mgr@${id}.service`,
        )
        managers.create(node)
      }
      lab.world.daemonsChanged()
      task.end()
    }
    task.until(() => monitors.quorum.includes(node), patienceMs, finish, 'got timeout')
  })
  return task.upid
}

async function destroyMonitor(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { monitors } = lab.world.ceph
  requireConfiguration(lab, node)
  const id = parameters.required('monid')
  await requireMonitors(lab, node)
  if (!monitors.has(id)) refuse(`no such monitor id '${id}'`)
  if (monitors.names.length <= 1) refuse("can't remove last monitor")
  const task = new NodeTask(call, 'cephdestroymon', `mon.${id}`)
  task.after(removeMs, () => {
    if (!monitors.canCommit) return task.end('got timeout')
    if (monitors.names.length <= 1) return task.end("can't remove last monitor")
    monitors.remove(id)
    lab.world.daemonsChanged()
    task.log(`removed mon.${id}`)
    task.end()
  })
  return task.upid
}

const managerFolder = (id: string) => `ceph manager directory '/var/lib/ceph/mgr/ceph-${id}'`

async function createManager(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { managers } = lab.world.ceph
  requirePackages(lab, node, '/usr/bin/ceph-mgr')
  requireConfiguration(lab, node)
  const id = parameters.required('id')
  await requireMonitors(lab, node)
  if (managers.has(id)) refuse(`${managerFolder(id)} already exists`)
  if (id !== node) refuse('the embedded lab names managers after their nodes')
  const task = new NodeTask(call, 'cephcreatemgr', `mgr.${id}`)
  task.after(prepareMs * slowdownOf(call), () => {
    if (managers.has(id)) return task.end(`${managerFolder(id)} already exists`)
    task.log('creating manager directory', 'creating keys for manager', 'setting owner for directory')
    task.log('enabling service', 'starting service')
    managers.create(node)
    lab.world.daemonsChanged()
    task.end()
  })
  return task.upid
}

function destroyManager(call: Call): string {
  const { lab, node, parameters } = call
  const { managers } = lab.world.ceph
  requireConfiguration(lab, node)
  const id = parameters.required('id')
  if (id !== node || !managers.has(id)) refuse(`${managerFolder(id)} not found`)
  const task = new NodeTask(call, 'cephdestroymgr', `mgr.${id}`)
  task.after(removeMs, () => {
    managers.remove(id)
    lab.world.daemonsChanged()
    task.log(`disabling service 'ceph-mgr@${id}.service'`, 'removing the manager directory')
    task.end()
  })
  return task.upid
}

/** `mon`, `osd.1` or nothing for all of the node. */
function switchDaemons(call: Call, verb: 'start' | 'stop' | 'restart'): string {
  const { lab, node, parameters } = call
  requireConfiguration(lab, node)
  const service = parameters.text('service') ?? 'ceph'
  const [kind = '', id] = service.split('.')
  const isMeant = (daemon: CephDaemon) =>
    kind === 'ceph' || (daemon.kind === kind && (id === undefined || daemon.id === id))
  const task = new NodeTask(call, `srv${verb}`, service)
  task.after(switchMs, () => {
    const daemons = cephDaemonsOn(lab.world, node).filter(isMeant)
    if (daemons.length === 0 && kind !== 'ceph') {
      const unit = id === undefined ? `ceph-${kind}.target` : `ceph-${kind}@${id}.service`
      return task.end(`command '/bin/systemctl ${verb} ${unit}' failed: exit code 5`)
    }
    for (const daemon of daemons) {
      if (verb !== 'start' && daemon.isActive) daemon.stop('orderly')
      if (verb !== 'stop') daemon.start()
    }
    task.end()
  })
  return task.upid
}

/** IPv4 in CIDR notation. */
function isWithin(address: string, network: string): boolean {
  const [base = '', bits = '32'] = network.split('/')
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(address) / size) === Math.floor(number(base) / size)
}
