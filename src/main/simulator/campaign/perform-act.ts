import type { NetworkName } from '../world/network.ts'
import type { World } from '../world/world.ts'
import { administer } from './administer.ts'
import type { Act, CephAct, GuestAct, HardwareAct } from './campaign.ts'
import { mayBeDone } from './cautions.ts'

/**
 * Does it, as far as it can be done at this moment: a machine without power runs no command, and on a laptop that
 * sleeps nothing can be done at all.
 */
export function performAct(world: World, act: Act): void {
  if (world.isSuspended) return
  switch (act.kind) {
    case 'ha-command':
    case 'request-state':
    case 'shutdown-policy':
    case 'scheduler':
    case 'put-rule':
    case 'remove-rule':
    case 'put-group':
    case 'assign-group':
    case 'expect-votes':
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
    case 'kill-guest':
    case 'pause-guest':
    case 'continue-guest':
    case 'crash-service':
    case 'stop-service':
    case 'start-service':
      performOnGuest(world, act)
      break
    default:
      if (mayBeDone(world, act)) performOnHardware(world, act)
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
    case 'degrade': {
      const { node } = act
      network.setQuality(act.network, act.quality, node === undefined ? undefined : nodeName(world, node))
      break
    }
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
    default:
      performOnNode(world, act)
  }
}

type NodeAct = Exclude<Extract<HardwareAct, { readonly node: number }>, { readonly network: NetworkName }>

function performOnNode(world: World, act: NodeAct): void {
  const node = world.nodes[act.node]
  if (node === undefined) return
  switch (act.kind) {
    case 'cut-power':
      node.cutPower()
      break
    case 'power-on':
      node.powerOn()
      break
    case 'press-button':
      node.pressPowerButton()
      break
    case 'reboot':
      node.restartOrderly()
      break
    case 'reset':
      node.reset()
      break
    case 'freeze':
      world.freeze(node.name)
      break
    case 'thaw':
      world.thaw(node.name)
      break
    case 'set-clock':
      if (node.answers) world.clocks.set(node.name, act.seconds)
      break
    case 'start-unit':
      if (node.answers && !node.isStopping) world.units.start(node, act.unit)
      break
    case 'stop-unit':
      if (node.answers && !node.isStopping) world.units.stop(node, act.unit)
      break
    case 'kill-unit':
      if (node.answers) world.units.kill(node, act.unit)
  }
}

function performOnGuest({ guests, nodes }: World, act: GuestAct): void {
  const guest = guests[act.guest]
  if (guest === undefined || nodes.some(({ name, isFrozen }) => name === guest.host && isFrozen)) return
  // Where no system answers, there is none whose services could be told anything.
  const services = guest.reach === 'silent' ? undefined : guest.services
  switch (act.kind) {
    case 'kill-guest':
      guest.kill()
      break
    case 'pause-guest':
    case 'continue-guest':
      guest.setPaused(act.kind === 'pause-guest')
      break
    case 'crash-service':
      services?.crash(services.front.name)
      break
    case 'stop-service':
      services?.stop(services.front.name)
      break
    case 'start-service':
      services?.start(services.front.name)
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
    if (osd === undefined) return false
    const isUp = nodes.some(({ name, apiUp }) => name === osd.node && apiUp)
    if (act.kind === 'kill-osd') ceph.osdMap.stopOsd(act.osd, 'killed')
    else if (osd.process === 'none' && isUp) ceph.osdMap.startOsd(act.osd, 1)
    else return false
    return true
  }
  const node = nodes[act.node]
  if (node === undefined || !node.apiUp || ceph.osdMap.osds.length === 0) return false
  const { monitors, managers } = ceph
  if (act.kind === 'kill-monitor') monitors.stop(node.name, false)
  else if (act.kind === 'kill-manager') managers.stop(node.name, false)
  else if (act.kind === 'start-monitor' && !monitors.isRunning(node.name)) monitors.start(node.name, 1)
  else if (act.kind === 'start-manager' && !managers.isRunning(node.name)) managers.start(node.name)
  else return false
  return true
}

function nodeName(world: World, index: number): string {
  return world.nodes[index]?.name ?? ''
}
