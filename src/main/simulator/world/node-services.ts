import type { CephRestarts } from './ceph-restarts.ts'
import type { MemoryKeeper } from './memory-keeper.ts'
import type { NodeServices } from './node-machine.ts'
import type { NodeWatchdogs } from './node-watchdogs.ts'
import type { QuorumWaits } from './quorum-waits.ts'
import type { SwapStalls } from './swap-stalls.ts'
import type { World } from './world.ts'

interface Surroundings {
  readonly world: World
  readonly watchdogs: NodeWatchdogs
  readonly quorumWaits: QuorumWaits
  readonly cephRestarts: CephRestarts
  readonly memory: MemoryKeeper
  readonly stalls: SwapStalls
  /** Somebody may have become able or unable to reach another. */
  pathsChanged(): void
}

/** What a node's boot and shutdown start and end in the parts of the world. */
export function createNodeServices(surroundings: Surroundings): NodeServices {
  const { world, watchdogs, quorumWaits, cephRestarts, memory, pathsChanged } = surroundings
  const { ceph, clocks, corosync, ha, load, shared } = world
  return {
    kernelStarted: (node) => {
      watchdogs.kernelStarted(node)
      clocks.booted(node.name)
      ceph.kernelStarted(node.name)
      memory.reconsider()
      pathsChanged()
    },
    startCeph: (node) => {
      cephRestarts.booted(node)
      ceph.start(node.name, load.slowdown(node.spec))
      ceph.memory.obey()
    },
    // Whom somebody has started by hand meanwhile, systemd leaves alone.
    startClusterFileSystem: (node) => {
      if (!shared.isRunning(node.name)) shared.start(node.name)
    },
    startCorosync: (node) => {
      if (!corosync.isRunning(node.name)) corosync.start(node.name)
    },
    whenQuorate: (node, action) => quorumWaits.whenQuorate(node.name, action),
    startCrm: (node) => ha.startCrm(node),
    startLrm: (node) => ha.startLrm(node),
    startLocalGuests: (node) => world.agents.startLocal(node),
    stopLocalGuests: (node, done) => world.agents.stopLocal(node, done),
    stopLrm: (node, done) => ha.stopLrm(node, done),
    stopCrm: (node, done) => ha.stopCrm(node, done),
    stopCeph: (node) => ceph.stop(node.name, 'orderly'),
    leaveCluster: (node) => {
      corosync.leave(node.name)
      shared.votesChanged(node.name)
      shared.stop(node.name)
    },
    halted: (node) => halt(node.name, surroundings),
    slowdown: (node) => load.slowdown(node.spec),
  }
}

/** Guests and daemons are gone before the others may notice that the node is. */
function halt(node: string, surroundings: Surroundings): void {
  const { world, watchdogs, quorumWaits, stalls, pathsChanged } = surroundings
  world.migrations.nodeHalted(node)
  for (const guest of world.guests) if (guest.host === node) guest.losePower()
  world.ha.halted(node)
  watchdogs.halted(node)
  quorumWaits.halted(node)
  stalls.reconsider(world.node(node))
  world.shared.stop(node)
  world.corosync.stop(node)
  world.ceph.stop(node, 'lost')
  pathsChanged()
}
