import { ClusterDataError } from '../ha/environment.ts'
import {
  changeService,
  queueCrmCommand,
  readDatacenterFile,
  readServices,
  writeDatacenterFile,
} from '../world/ha-environment.ts'
import type { World } from '../world/world.ts'
import type { Act, CephAct, HaAct, HardwareAct } from './campaign.ts'

/** Does it, as far as it can be done at this moment: a machine without power runs no command. */
export function performAct(world: World, act: Act): void {
  switch (act.kind) {
    case 'ha-command':
    case 'request-state':
    case 'shutdown-policy':
      administer(world, act)
      break
    case 'ceph':
    case 'kill-osd':
    case 'start-osd':
    case 'kill-monitor':
    case 'start-monitor':
    case 'kill-manager':
    case 'start-manager':
      if (performOnCeph(world, act)) world.ceph.reconsider()
      break
    default:
      performOnHardware(world, act)
  }
}

function performOnHardware(world: World, act: HardwareAct): void {
  const { network } = world
  switch (act.kind) {
    case 'unplug':
    case 'plug':
      network.setLink(nodeName(world, act.node), act.network, act.kind === 'plug')
      break
    case 'split':
      network.partition(act.network, [act.side.map((index) => nodeName(world, index))])
      break
    case 'join':
      network.join(act.network)
      break
    case 'part':
    case 'unite': {
      const [one, other] = act.pair.map((index) => nodeName(world, index)) as [string, string]
      network.setPair(one, other, act.network, act.kind === 'unite')
      break
    }
    case 'degrade':
      network.setQuality(act.network, act.quality, nodeName(world, act.node))
      break
    case 'suspend':
      world.suspend(act.seconds * 1000)
      break
    case 'cut-server':
      world.storages.servers[act.server]?.cutPower()
      break
    case 'server-on':
      world.storages.servers[act.server]?.powerOn()
      break
    case 'server-button':
      world.storages.servers[act.server]?.pressPowerButton()
      break
    case 'kill-guest':
      world.guests[act.guest]?.kill()
      break
    case 'pause-guest':
    case 'continue-guest':
      world.guests[act.guest]?.setPaused(act.kind === 'pause-guest')
      break
    default: {
      const node = world.nodes[act.node]
      if (act.kind === 'cut-power') node?.cutPower()
      if (act.kind === 'power-on') node?.powerOn()
      if (act.kind === 'press-button') node?.pressPowerButton()
      if (act.kind === 'reboot') node?.restartOrderly()
      if (act.kind === 'reset') node?.reset()
      if (act.kind === 'freeze') world.freeze(nodeName(world, act.node))
      if (act.kind === 'thaw') world.thaw(nodeName(world, act.node))
    }
  }
}

/** Whether a daemon came or went. */
function performOnCeph({ ceph, nodes }: World, act: CephAct): boolean {
  if (act.kind === 'ceph') {
    // Who has no quorum of monitors waits for the answer to the command, and gives up.
    if (ceph.monitors.canCommit) ceph.change(act.words)
    return false
  }
  if ('osd' in act) {
    const osd = ceph.osdMap.osds[act.osd]
    const isUp = nodes.some(({ name, apiUp }) => name === osd?.node && apiUp)
    if (act.kind === 'kill-osd') ceph.osdMap.stopOsd(act.osd, 'killed')
    else if (osd?.process === 'none' && isUp) ceph.osdMap.startOsd(act.osd, 1)
    else return false
    return true
  }
  const node = nodes[act.node]
  if (node === undefined || !node.apiUp) return false
  const { monitors, managers } = ceph
  if (act.kind === 'kill-monitor') monitors.stop(node.name, false)
  else if (act.kind === 'kill-manager') managers.stop(node.name, false)
  else if (act.kind === 'start-monitor' && !monitors.isRunning(node.name)) monitors.start(node.name, 1)
  else if (act.kind === 'start-manager' && !managers.isRunning(node.name)) managers.start(node.name)
  else return false
  return true
}

/** From the first node on which the cluster's files can be written; without one nothing happens. */
function administer(world: World, act: HaAct): void {
  const { shared, nodes, guests } = world
  const node = nodes.find(({ name, apiUp }) => apiUp && shared.canWrite(name))?.name
  if (node === undefined || (act.kind === 'ha-command' && act.line === 'arm-ha' && !mayArm(world, node)))
    return
  try {
    if (act.kind === 'ha-command') queueCrmCommand(shared, node, act.line)
    if (act.kind === 'shutdown-policy')
      writeDatacenterFile(shared, node, {
        ...readDatacenterFile(shared, node),
        ha: { shutdown_policy: act.policy },
      })
    if (act.kind === 'request-state') requestState(world, node, guests[act.guest]?.id ?? '', act.state)
  } catch (error) {
    if (!(error instanceof ClusterDataError)) throw error
  }
}

/** Nobody arms HA while a node with guests is cut off, because nothing would keep them from being started twice. */
function mayArm({ shared, guests }: World, node: string): boolean {
  return guests.every(({ host }) => host === undefined || shared.isOnline(node, host))
}

/** What `ha-manager set --state` does. */
function requestState({ shared }: World, node: string, sid: string, state: string): void {
  if (readServices(shared, node)[sid] !== undefined) changeService(shared, node, sid, { state })
}

function nodeName(world: World, index: number): string {
  return world.nodes[index]?.name ?? ''
}
