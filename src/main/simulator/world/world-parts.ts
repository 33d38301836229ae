import { dependentsOf, type LabGuest, storageOfGuest } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import { CephCluster } from './ceph/ceph-cluster.ts'
import { CephRestarts, type MemoryVictim } from './ceph-restarts.ts'
import { ClusterFileSystem } from './cluster-file-system.ts'
import { Corosync } from './corosync.ts'
import { GuestMachine } from './guest-machine.ts'
import type { Reach } from './guest-process.ts'
import { HaStack } from './ha-stack.ts'
import { MachineLoad } from './machine-load.ts'
import { LabNetwork, laptopEnd } from './network.ts'
import { NodeClocks } from './node-clocks.ts'
import type { NodeMachine } from './node-machine.ts'
import { createUsageSource } from './scheduler-figures.ts'
import type { StandingStill } from './standing-still.ts'
import { LabStorages } from './storage/lab-storages.ts'
import { SwapStalls } from './swap-stalls.ts'
import type { NodeWatchdog } from './watchdog.ts'
import type { World } from './world.ts'
import type { WorldWitness } from './world-witness.ts'

/**
 * What every part of a world may need. A part reaches the others through the world only when it is at work: at its
 * construction those that follow are not there yet.
 */
export interface Wiring {
  readonly world: World
  readonly random: Random
  readonly witness: WorldWitness | undefined
  log(node: string, source: string, level: string, message: string): void
  /** Called before somebody becomes able or unable to reach another. */
  pathsChange(): void
  /** Called after it. */
  pathsChanged(): void
}

/** What the parts of the cluster share. */
function clusterOf({ lab, membership, scheduler, parameters }: World) {
  return { nodes: lab.nodes.map((node) => node.name), membership, scheduler, parameters }
}

/** On a node that stands alone neither corosync nor the membership of its file system exists. */
function logOfCluster({ world, log }: Wiring, source: string): (node: string, message: string) => void {
  return (node, message) => {
    if (world.membership.configurationOf(node) !== undefined) log(node, source, 'notice', message)
  }
}

export function createLoad(world: World): MachineLoad {
  return new MachineLoad(world.lab, world.parameters, {
    isOn: (node) => world.node(node).power === 'on',
    hostOf: (guest) => world.guest(guest).host,
    cephOn: ({ name }) => ({
      monitor: world.ceph.monitors.has(name),
      manager: world.ceph.managers.has(name),
      osds: world.ceph.osdMap.osdsOn(name).length,
    }),
    arrivalOf: (guest) => world.migrations.live.arrivalOf(guest),
  })
}

export function createNetwork({ world, pathsChange, pathsChanged }: Wiring): LabNetwork {
  const endAnswers = (end: string) => {
    const { servers } = world.storages
    const server = servers.length === 0 ? undefined : servers.find(({ name }) => name === end)
    return server?.serves ?? world.node(end).answers
  }
  return new LabNetwork({
    qualities: world.lab.networks?.quality ?? {},
    answers: (end) => !world.isSuspended && (end === laptopEnd || endAnswers(end)),
    changes: pathsChange,
    changed: pathsChanged,
  })
}

export function createClocks({ world, random }: Wiring): NodeClocks {
  return new NodeClocks({
    ...clusterOf(world),
    random: random.fork('node clocks'),
    hearsTimeServer: (node) => world.network.reaches(laptopEnd, node, 'management'),
    changed: () => world.ceph.clocks.disturbed(),
  })
}

export function createCorosync(wiring: Wiring): Corosync {
  const { world, random, witness } = wiring
  const links = world.lab.networks?.corosyncLinks ?? ['cluster']
  return new Corosync({
    ...clusterOf(world),
    random: random.fork('corosync'),
    linkCount: links.length,
    pathOf: (link, from, to) => {
      const network = links[link] ?? 'cluster'
      const reaches = world.membership.areTogether(from, to) && world.network.reaches(from, to, network)
      return reaches ? world.network.path(from, to, network) : undefined
    },
    isAwake: (node) => !world.node(node).isFrozen,
    log: logOfCluster(wiring, 'corosync'),
    membershipChanged: (node) => {
      world.shared.membershipChanged(node)
      world.ha.deliveryResumed(node)
    },
    quorumChanged: (node) => world.shared.votesChanged(node),
    ringHealed: (node) => world.ha.deliveryResumed(node),
    witness,
  })
}

export function createFileSystem(wiring: Wiring, quorumChanged: (node: string) => void): ClusterFileSystem {
  const { world, random, witness } = wiring
  return new ClusterFileSystem({
    ...clusterOf(world),
    random: random.fork('cluster file system'),
    corosync: world.corosync,
    log: logOfCluster(wiring, 'pmxcfs'),
    quorumChanged,
    lockReleased: (name) => world.ha.lockReleased(name),
    witness,
  })
}

export function createCeph(
  { world, random, log }: Wiring,
  killedForMemory: (node: NodeMachine, victim: MemoryVictim) => void,
): CephCluster {
  const { lab } = world
  const daemonsOn = lab.nodes.filter((node) => node.cephDiskGB > 0)
  return new CephCluster({
    ...clusterOf(world),
    daemonsOn: daemonsOn.map(({ name }) => name),
    scheduler: world.labTime,
    diskGiB: (name) => lab.nodes.find((node) => node.name === name)?.cephDiskGB ?? 0,
    rules: lab.ceph,
    guestCount: lab.guests.filter((guest) => storageOfGuest(lab, guest)?.kind === 'rbd').length,
    random: random.fork('ceph'),
    reaches: (from, to) => world.network.reaches(from, to, 'cluster'),
    pathOf: (from, to) => world.network.path(from, to, 'cluster'),
    log,
    mapChanges: () => world.storages.ledger.settle(),
    clockOffsetSeconds: (node) => world.clocks.offsetSeconds(node),
    clocksMove: () => !world.clocks.areSynchronised,
    isUsed: () => world.guests.some(({ isRunning }) => isRunning),
    clientLoad: (answersOn) => world.storages.poolLoad(answersOn),
    killedForMemory: (node, victim) => killedForMemory(world.node(node), victim),
    ioChanged: () => {
      world.storages.poolChanged()
      for (const guest of world.guests) guest.refreshDisk()
    },
  })
}

export function createCephRestarts({ world, log }: Wiring): CephRestarts {
  return new CephRestarts({
    ceph: world.ceph,
    parameters: world.parameters,
    slowdown: (node) => world.load.slowdown(node.spec),
    log,
  })
}

export function createStorages({ world, random, log, pathsChanged }: Wiring): LabStorages {
  return new LabStorages({
    world,
    random: random.fork('storages'),
    log,
    serversChanged: pathsChanged,
  })
}

export function createHaStack(
  { world, random, log }: Wiring,
  pveVersion: string,
  watchdogOf: (node: string) => NodeWatchdog,
): HaStack {
  return new HaStack({
    ...clusterOf(world),
    pveVersion,
    usage: createUsageSource(world, world.load),
    shared: world.shared,
    corosync: world.corosync,
    random: random.fork('ha'),
    nowMs: () => world.scheduler.nowMs(),
    log,
    agentsOf: (machine) => world.agents.of(machine),
    watchdogOf,
  })
}

export function createStalls({ world, random }: Wiring, standingStill: StandingStill): SwapStalls {
  return new SwapStalls({
    scheduler: world.scheduler,
    random: random.fork('swapping'),
    parameters: world.parameters,
    load: world.load,
    freeze: (node) => standingStill.freeze(node),
    thaw: (node) => standingStill.wakeUp([node], 'clock went on'),
    stalled: (node, seconds) => world.ha.stalled(node.name, Math.round(seconds)),
  })
}

/** `reachChanges` is called before what probes meet changes, `processChanged` after its process came, went or moved. */
export function createGuest(
  { world, random }: Wiring,
  spec: LabGuest,
  reachChanges: (guest: GuestMachine, next: Reach) => void,
  processChanged: (guest: GuestMachine) => void,
): GuestMachine {
  return new GuestMachine(spec, {
    random: random.fork(`guest ${spec.id}`),
    parameters: world.parameters,
    residentMiB: () => world.load.residentMiB(spec),
    disk: world.storages.diskOf(spec.id),
    writingChanged: (guest, writes) => world.storages.ledger.setWriting(guest.id, writes),
    isReachedFromLaptop: (node) => world.network.reaches(laptopEnd, node, 'management'),
    isReachedFromGuest: (viewer, node) => world.network.reaches(viewer, node, 'management'),
    reachOf: (id, viewer) => world.guest(id).reachFrom(viewer),
    guest: (id) => world.guest(id),
    dependents: dependentsOf(world.lab, spec),
    reachChanges,
    processChanged,
  })
}
