import assert from 'node:assert'
import type { Lab } from '../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../contracts/clock.ts'
import type { LabLogLine } from '../../contracts/lab-session.ts'
import type { Random } from '../../contracts/random.ts'
import { CephCluster } from './ceph/ceph-cluster.ts'
import { ClusterFileSystem } from './cluster-file-system.ts'
import { Corosync } from './corosync.ts'
import { GuestAgents } from './guest-agents.ts'
import { GuestMachine, type Reach } from './guest-machine.ts'
import { installServices } from './ha-environment.ts'
import { HaStack } from './ha-stack.ts'
import { MachineLoad } from './machine-load.ts'
import { MemoryKeeper } from './memory-keeper.ts'
import { LabNetwork, laptopEnd } from './network.ts'
import { NodeMachine, type NodeServices } from './node-machine.ts'
import { millisecondsIn, type WorldParameters, worldParameters } from './parameters.ts'
import { NodeWatchdog } from './watchdog.ts'

export interface WorldOptions {
  readonly lab: Lab
  /** `treatment`: guests are HA resources. `control`: they start and stop with their node. */
  readonly group: 'treatment' | 'control'
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters?: Partial<WorldParameters>
}

export type ReachListener = (guest: GuestMachine, next: Reach) => void

/**
 * The embedded lab: a laptop, its node VMs, two networks, corosync, the cluster file system, HA daemons,
 * Ceph and guests, driven by one event queue and one seed. All parts are synchronous; this class only ties
 * them together.
 */
export class World {
  readonly lab: Lab
  readonly group: WorldOptions['group']
  readonly parameters: WorldParameters
  readonly scheduler: EventScheduler
  readonly network: LabNetwork
  readonly corosync: Corosync
  readonly shared: ClusterFileSystem
  readonly ceph: CephCluster
  readonly ha: HaStack
  readonly nodes: readonly NodeMachine[]
  readonly guests: readonly GuestMachine[]
  readonly #random: Random
  readonly #agents: GuestAgents
  readonly #memory: MemoryKeeper
  readonly #watchdogs = new Map<string, NodeWatchdog>()
  readonly #logListeners = new Set<(line: LabLogLine) => void>()
  readonly #reachListeners = new Set<ReachListener>()
  /** Actions that wait for a node's file system to become quorate. */
  readonly #quorumWaits = new Map<string, Set<() => void>>()

  constructor(options: WorldOptions) {
    const { lab, group, scheduler, random } = options
    this.lab = lab
    this.group = group
    this.scheduler = scheduler
    this.#random = random
    this.parameters = worldParameters(options.parameters)
    const { parameters } = this
    const load = new MachineLoad(lab, parameters, {
      isOn: (node) => this.node(node).power === 'on',
      hostOf: (guest) => this.guest(guest).host,
    })
    const nodeNames = lab.nodes.map((node) => node.name)
    const reachesOverCluster = (from: string, to: string) => this.network.reaches(from, to, 'cluster')
    const log = (node: string, source: string, level: string, message: string) =>
      this.#log({ node, source, level, message })
    const shared = { nodes: nodeNames, scheduler, parameters }

    this.network = new LabNetwork(
      (end) => end === laptopEnd || this.node(end).networkUp,
      () => this.#pathsChanged(),
    )
    this.corosync = new Corosync({
      ...shared,
      random: random.fork('corosync'),
      reaches: reachesOverCluster,
      log: (node, message) => log(node, 'corosync', 'notice', message),
      membershipChanged: (node) => {
        this.shared.membershipChanged(node)
        this.ha.deliveryResumed(node)
      },
      ringHealed: (node) => this.ha.deliveryResumed(node),
    })
    this.shared = new ClusterFileSystem({
      ...shared,
      random: random.fork('cluster file system'),
      corosync: this.corosync,
      log: (node, message) => log(node, 'pmxcfs', 'notice', message),
      quorumChanged: (node) => this.#quorumChanged(node),
      lockReleased: (name) => this.ha.lockReleased(name),
    })
    this.ceph = new CephCluster({
      ...shared,
      nodes: lab.nodes.filter((node) => node.cephDiskGB > 0).map((node) => node.name),
      rules: lab.ceph,
      guestCount: lab.guests.length,
      random: random.fork('ceph'),
      reaches: reachesOverCluster,
      log,
      ioChanged: () => {
        for (const guest of this.guests) guest.refreshDisk()
      },
    })
    this.ha = new HaStack({
      ...shared,
      shared: this.shared,
      corosync: this.corosync,
      random: random.fork('ha'),
      nowMs: () => scheduler.nowMs(),
      log,
      agentsOf: (machine) => this.#agents.of(machine),
      watchdogOf: (node) => this.#watchdogOf(node),
    })
    this.nodes = lab.nodes.map(
      (spec) =>
        new NodeMachine(spec, scheduler, random.fork(`node ${spec.name}`), parameters, this.#services(load)),
    )
    this.guests = lab.guests.map(
      (spec) =>
        new GuestMachine(spec, {
          random: random.fork(`guest ${spec.id}`),
          parameters,
          diskAnswers: (node) => this.ceph.diskAnswers(node),
          diskOpens: (node) => this.ceph.diskOpens(node),
          isReachedFromLaptop: (node) => this.network.reaches(laptopEnd, node, 'management'),
          reachChanges: (guest, next) => {
            for (const listener of this.#reachListeners) listener(guest, next)
          },
          processChanged: (guest) => this.#memory.usageChanged(guest),
        }),
    )
    this.#agents = new GuestAgents({ world: this, load, log })
    this.#memory = new MemoryKeeper({ world: this, load, log })
    if (group === 'treatment') installServices(this.shared, this.#agents.services())
  }

  /** Switches all nodes on, one shortly after the other, as somebody who wants to use the lab does. */
  switchOn(): void {
    const random = this.#random.fork('switching on')
    let atMs = this.scheduler.nowMs()
    for (const node of this.nodes) {
      this.scheduler.at(atMs, () => node.powerOn())
      atMs += millisecondsIn(this.parameters.labSwitchOnSpread, random)
    }
  }

  node(name: string): NodeMachine {
    const node = this.nodes.find((each) => each.name === name)
    assert(node !== undefined, `no such node: ${name}`)
    return node
  }

  guest(id: string): GuestMachine {
    const guest = this.guests.find((each) => each.id === id)
    assert(guest !== undefined, `no such guest: ${id}`)
    return guest
  }

  /** The node on which a guest's configuration lies, as `viewer` knows it. */
  configuredNode(guest: GuestMachine, viewer: string): string {
    return this.#agents.configuredNode(guest, viewer)
  }

  onLog(listener: (line: LabLogLine) => void): () => void {
    this.#logListeners.add(listener)
    return () => this.#logListeners.delete(listener)
  }

  /** Calls back just before what probes of a guest meet changes. */
  onReachChange(listener: ReachListener): () => void {
    this.#reachListeners.add(listener)
    return () => this.#reachListeners.delete(listener)
  }

  #log(line: LabLogLine): void {
    for (const listener of this.#logListeners) listener(line)
  }

  #services(load: MachineLoad): NodeServices {
    return {
      kernelStarted: (node) => {
        this.#watchdogs.set(node.name, this.#createWatchdog(node))
        this.#pathsChanged()
        this.ceph.start(node.name)
      },
      startClusterFileSystem: (node) => this.shared.start(node.name),
      startCorosync: (node) => this.corosync.start(node.name),
      whenQuorate: (node, action) => this.#whenQuorate(node.name, action),
      startCrm: (node) => this.ha.startCrm(node),
      startLrm: (node) => this.ha.startLrm(node),
      startLocalGuests: (node) => this.#agents.startLocal(node),
      stopLocalGuests: (node, done) => this.#agents.stopLocal(node, done),
      stopLrm: (node, done) => this.ha.stopLrm(node, done),
      stopCrm: (node, done) => this.ha.stopCrm(node, done),
      stopCeph: (node) => this.ceph.stop(node.name, 'orderly'),
      leaveCluster: (node) => {
        this.corosync.leave(node.name)
        this.shared.stop(node.name)
      },
      halted: (node) => this.#halted(node.name),
      slowdown: (node) => load.slowdown(node.spec),
    }
  }

  #halted(node: string): void {
    for (const guest of this.guests) if (guest.host === node) guest.kill()
    this.ha.halted(node)
    this.#watchdogs.delete(node)
    this.#quorumWaits.delete(node)
    this.shared.stop(node)
    this.corosync.stop(node)
    this.ceph.stop(node, 'lost')
    this.#pathsChanged()
  }

  #pathsChanged(): void {
    this.corosync.reconsider()
    this.ceph.reconsider()
    for (const guest of this.guests) guest.refreshDisk()
  }

  #createWatchdog(node: NodeMachine): NodeWatchdog {
    return new NodeWatchdog({
      scope: node.scope,
      parameters: this.parameters,
      log: (message) => this.#log({ node: node.name, source: 'watchdog-mux', level: 'err', message }),
      reset: () => {
        this.#log({ node: node.name, source: 'lab', level: 'notice', message: 'reset by watchdog' })
        node.reset()
      },
    })
  }

  #watchdogOf(node: string): NodeWatchdog {
    const watchdog = this.#watchdogs.get(node)
    assert(watchdog !== undefined, `${node} has no watchdog: its kernel does not run`)
    return watchdog
  }

  #whenQuorate(node: string, action: () => void): void {
    if (this.shared.isQuorate(node)) {
      action()
      return
    }
    const waits = this.#quorumWaits.get(node) ?? new Set()
    this.#quorumWaits.set(node, waits)
    waits.add(action)
  }

  #quorumChanged(node: string): void {
    if (!this.shared.isQuorate(node)) return
    const waits = this.#quorumWaits.get(node)
    this.#quorumWaits.delete(node)
    for (const action of waits ?? []) action()
  }
}
