/**
 * What people who have read the documentation do not do, because the cluster, as specified, does not protect them
 * from it: a guest would run twice. A campaign leaves such an act out at the moment it would be dangerous.
 */
import type { World } from '../world/world.ts'
import type { HardwareAct } from './campaign.ts'

/**
 * Arms HA only when every node with guests is seen online and has what fences it: an armed manager takes the free
 * lock of a node that is away for the proof that it is dead.
 */
export function mayArm({ shared, guests, units, nodes }: World, node: string): boolean {
  return nodes.every((machine) => {
    if (guests.every(({ host }) => host !== machine.name)) return true
    const isProtected = units.isActive(machine, 'pve-ha-lrm') && units.isActive(machine, 'watchdog-mux')
    return isProtected && shared.isOnline(node, machine.name)
  })
}

/**
 * Tells a ring to expect fewer votes only when every node outside it has no power and will find the others when it is
 * switched on: two rings with quorum would each start the same guests.
 */
export function mayLowerVotes(world: World, node: string): boolean {
  const members = world.corosync.membersSeenBy(node)
  const isOneRing = world.nodes.every(
    ({ name, power, answers }) => (members.includes(name) && answers) || power === 'off',
  )
  return isOneRing && corosyncNetworksOf(world).every((network) => world.network.isAsBuilt(network))
}

/**
 * While a ring expects fewer votes than there are nodes, nobody cuts a node off. Nobody kills an LRM that holds no
 * watchdog: guests that move to its node later would run there unguarded, and twice when the node is cut off.
 */
export function mayBeDone(world: World, act: HardwareAct): boolean {
  const { corosync, nodes, ha } = world
  if (act.kind === 'kill-unit' && act.unit === 'pve-ha-lrm')
    return ['active', 'maintenance'].includes(ha.lrmState(nodes[act.node]?.name ?? '') ?? '')
  const isLowered = nodes.some(
    ({ name }) => corosync.isRunning(name) && corosync.expectedVotes(name) < nodes.length,
  )
  return !(isLowered && cutsOff(world, act))
}

function cutsOff(world: World, act: HardwareAct): boolean {
  switch (act.kind) {
    case 'freeze':
    case 'suspend':
      return true
    case 'unplug':
    case 'split':
    case 'part':
    case 'degrade':
      return corosyncNetworksOf(world).includes(act.network)
    default:
      return false
  }
}

function corosyncNetworksOf({ lab }: World) {
  return lab.networks?.corosyncLinks ?? ['cluster']
}
