/**
 * What people who have read the documentation do not do, because the cluster, as specified, does not protect them
 * from it: a guest would run twice. A campaign leaves such an act out at the moment it would be dangerous.
 */
import { readManagerStatus } from '../world/shared-files.ts'
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
 * switched on: two rings with quorum would each start the same guests. And only where the newest copy of the cluster's
 * data lies: what a ring decides by an older one is replaced when the others come back, locks included.
 */
export function mayLowerVotes(world: World, node: string): boolean {
  const members = world.corosync.membersSeenBy(node)
  const isOneRing = world.nodes.every(
    ({ name, power, answers }) => (members.includes(name) && answers) || power === 'off',
  )
  if (!isOneRing || !world.shared.hasNewestCopy(members)) return false
  return corosyncNetworksOf(world).every((network) => world.network.isAsBuilt(network))
}

/** Whether the cluster protects everybody from it at this moment. */
export function mayBeDone(world: World, act: HardwareAct): boolean {
  if (act.kind === 'start-unit' && act.unit === 'watchdog-mux')
    return isWhole(world) || !preventsReset(world, act.node)
  const isCut = cutsOff(world, act)
  if (!isCut && !takesDown(act)) return true
  const endsFileSystem = (act.kind === 'stop-unit' || act.kind === 'kill-unit') && act.unit === 'pve-cluster'
  if (endsFileSystem && !isWhole(world)) return false
  if (isCut && hasLoweredVotes(world)) return false
  return !(hasEndedFileSystem(world) || hasJustMoved(world) || hasUnguarded(world))
}

/**
 * A guest runs at the target of its migration, and the master has not heard of it. Were the source fenced now, the
 * master would recover the guest from there, wherever it runs.
 */
function hasJustMoved(world: World): boolean {
  const viewer = world.nodes.find(({ name }) => world.shared.isQuorate(name))?.name
  if (viewer === undefined) return false
  const { serviceStatus } = readManagerStatus(world.shared, viewer)
  return world.guests.some(({ id, host }) => {
    const service = serviceStatus[id]
    const isMoving = service?.state === 'migrate' || service?.state === 'relocate'
    return isMoving && host !== undefined && host !== service.node
  })
}

/**
 * A guest of HA runs, or is about to, on a node whose LRM has no watchdog: it was moved to where the LRM was killed or still waits for its
 * lock, or the watchdog's multiplexer was stopped and started. Were that node cut off, its free lock would be taken
 * for the proof that it is dead. A frozen guest is never recovered, unless its LRM was started again: that ends the
 * freeze, and it may have no lock yet. While HA is disarmed none is.
 */
function hasUnguarded({ shared, ha, guests, nodes, migrations }: World): boolean {
  const viewer = nodes.find(({ name }) => shared.isQuorate(name))?.name
  if (viewer === undefined) return false
  const { serviceStatus, disarm } = readManagerStatus(shared, viewer)
  if (disarm !== undefined) return false
  return guests.some(({ id, host }) => {
    const state = serviceStatus[id]?.state
    if (host === undefined || state === undefined) return false
    if (state === 'freeze' && ha.lrmState(host) === undefined) return false
    return !ha.isGuarded(host) || !ha.isGuarded(migrations.live.arrivalOf(id) ?? host)
  })
}

/**
 * The multiplexer of the watchdog has died, and the node would be reset for it within seconds. Started again it feeds
 * the device, but the LRM has no watchdog any more: on a node that is cut off its guests would never end.
 */
function preventsReset({ nodes, ha, units }: World, index: number): boolean {
  const node = nodes[index]
  return node !== undefined && ha.isGuarded(node.name) && !units.isActive(node, 'watchdog-mux')
}

/** While a ring expects fewer votes than there are nodes, each of two rings could have quorum. */
function hasLoweredVotes({ corosync, nodes }: World): boolean {
  return nodes.some(({ name }) => corosync.isRunning(name) && corosync.expectedVotes(name) < nodes.length)
}

/**
 * A member whose cluster file system was ended has a vote but keeps no copy. A majority that counts on it may know
 * nothing of what the one before it has written, locks included.
 */
function hasEndedFileSystem({ units, nodes }: World): boolean {
  return nodes.some((node) => units.isEnded(node, 'pve-cluster'))
}

/** Every node is a member and will stay one. */
function isWhole(world: World): boolean {
  const { nodes, corosync, shared } = world
  const isMember = ({ name, answers, isStopping }: World['nodes'][number]) =>
    answers && !isStopping && shared.isQuorate(name) && corosync.membersSeenBy(name).length === nodes.length
  return nodes.every(isMember) && corosyncNetworksOf(world).every((name) => world.network.isAsBuilt(name))
}

function takesDown(act: HardwareAct): boolean {
  return ['cut-power', 'press-button', 'reboot', 'reset', 'stop-unit', 'kill-unit'].includes(act.kind)
}

function cutsOff(world: World, act: HardwareAct): boolean {
  switch (act.kind) {
    case 'freeze':
    case 'suspend':
      return true
    case 'unplug':
    case 'split':
    case 'part':
      return corosyncNetworksOf(world).includes(act.network)
    case 'degrade':
      // With no quality of its own the network is as it was built.
      return Object.keys(act.quality).length > 0 && corosyncNetworksOf(world).includes(act.network)
    default:
      return false
  }
}

function corosyncNetworksOf({ lab }: World) {
  return lab.networks?.corosyncLinks ?? ['cluster']
}
