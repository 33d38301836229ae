import assert from 'node:assert'
import { dependentsOf, type Lab, type LabGuest, storageOfGuest } from '../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../contracts/clock.ts'
import type { LabLogLine } from '../../contracts/lab-session.ts'
import type { Random } from '../../contracts/random.ts'
import { CephCluster } from './ceph/ceph-cluster.ts'
import { CephRestarts } from './ceph-restarts.ts'
import { ClusterFileSystem } from './cluster-file-system.ts'
import { type ClusterConfiguration, ClusterMembership, clusterOfAll } from './cluster-membership.ts'
import { Corosync } from './corosync.ts'
import { GuestAgents, type GuestTaskListener, unheardTask } from './guest-agents.ts'
import { GuestMachine } from './guest-machine.ts'
import type { Reach } from './guest-process.ts'
import { installServices } from './ha-environment.ts'
import { HaStack } from './ha-stack.ts'
import { MachineLoad } from './machine-load.ts'
import { MemoryKeeper } from './memory-keeper.ts'
import { LabNetwork, laptopEnd } from './network.ts'
import { NodeClocks } from './node-clocks.ts'
import { NodeMachine, type NodeServices } from './node-machine.ts'
import { NodeUnits } from './node-units.ts'
import { millisecondsIn, type WorldParameters, worldParameters } from './parameters.ts'
import { createUsageSource } from './scheduler-figures.ts'
import { LabStorages } from './storage/lab-storages.ts'
import { SwapStalls } from './swap-stalls.ts'
import { NodeWatchdog } from './watchdog.ts'
import type { WorldWitness } from './world-witness.ts'

export interface WorldOptions {
  readonly lab: Lab
  /** `treatment`: guests are HA resources. `control`: they start and stop with their node. */
  readonly group: 'treatment' | 'control'
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters?: Partial<WorldParameters>
  readonly witness?: WorldWitness | undefined
  /** Version of the nodes' Proxmox VE; HA groups are rules from 9 on, which it is if not given. */
  readonly pveVersion?: string
  /** Nodes that are no cluster yet, each with data of its own; without Ceph. */
  readonly standalone?: boolean
}

/** Whose HA manager the model is. */
const newestVersion = '9.2.11'

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
  readonly membership: ClusterMembership
  readonly corosync: Corosync
  readonly shared: ClusterFileSystem
  readonly ceph: CephCluster
  /** The disks of the guests, and what became of the records they wrote. */
  readonly storages: LabStorages
  readonly ha: HaStack
  readonly clocks: NodeClocks
  readonly units: NodeUnits
  readonly nodes: readonly NodeMachine[]
  readonly #guests: GuestMachine[]
  readonly #specs: LabGuest[]
  readonly #nodesByName = new Map<string, NodeMachine>()
  readonly #guestsById = new Map<string, GuestMachine>()
  readonly #random: Random
  readonly #witness: WorldWitness | undefined
  readonly #load: MachineLoad
  /** What can be done with guests, by daemons and by hand. */
  readonly agents: GuestAgents
  readonly #memory: MemoryKeeper
  readonly #stalls: SwapStalls
  readonly #cephRestarts: CephRestarts
  readonly #watchdogs = new Map<string, NodeWatchdog>()
  #isSuspended = false
  readonly #logListeners = new Set<(line: LabLogLine) => void>()
  #beginTask: GuestTaskListener = () => unheardTask
  readonly #reachListeners = new Set<ReachListener>()
  readonly #pathListeners = new Set<() => void>()
  /** Actions that wait for a node's file system to become quorate. */
  readonly #quorumWaits = new Map<string, Set<() => void>>()

  constructor(options: WorldOptions) {
    const { lab, group, scheduler, random } = options
    // Guests may come and go; whoever was given the lab keeps what he had.
    this.#specs = [...lab.guests]
    this.lab = { ...lab, guests: this.#specs }
    this.group = group
    this.scheduler = scheduler
    this.parameters = worldParameters(options.parameters)
    this.#random = random
    this.#witness = options.witness
    this.#load = new MachineLoad(this.lab, this.parameters, {
      isOn: (node) => this.node(node).power === 'on',
      hostOf: (guest) => this.guest(guest).host,
      arrivalOf: (guest) => this.agents.migrations.arrivalOf(guest),
    })
    this.network = this.#createNetwork()
    this.membership = new ClusterMembership((nodes) => this.corosync.configurationChanged(nodes))
    this.corosync = this.#createCorosync()
    if (options.standalone !== true) {
      this.membership.install(
        clusterOfAll(
          lab.name,
          lab.nodes.map(({ name }) => name),
        ),
      )
    }
    this.shared = this.#createFileSystem()
    this.clocks = this.#createClocks()
    this.ceph = this.#createCeph()
    this.storages = new LabStorages({
      world: this,
      random: random.fork('storages'),
      log: this.#log,
      serversChanged: () => this.#pathsChanged(),
    })
    this.ha = this.#createHaStack(options.pveVersion ?? newestVersion)
    this.units = new NodeUnits({
      ha: this.ha,
      corosync: this.corosync,
      shared: this.shared,
      watchdogOf: (node) => this.#watchdogOf(node),
    })
    const services = this.#services()
    this.nodes = lab.nodes.map(
      (spec) => new NodeMachine(spec, scheduler, random.fork(`node ${spec.name}`), this.parameters, services),
    )
    this.#guests = lab.guests.map((spec) => this.#createGuest(spec))
    for (const node of this.nodes) this.#nodesByName.set(node.name, node)
    for (const guest of this.guests) this.#guestsById.set(guest.id, guest)
    const log = this.#log
    this.agents = new GuestAgents({
      world: this,
      load: this.#load,
      random: random.fork('migrations'),
      log,
      beginTask: (...task) => this.#beginTask(...task),
      starts: (guest, node) => this.#witness?.guestStarts(guest, node),
    })
    this.#memory = new MemoryKeeper({ world: this, load: this.#load, log })
    this.#stalls = this.#createStalls()
    this.#cephRestarts = new CephRestarts({
      ceph: this.ceph,
      parameters: this.parameters,
      slowdown: (node) => this.#load.slowdown(node.spec),
      log,
    })
    if (group === 'treatment') installServices(this.shared, this.agents.services())
  }

  /** Switches all nodes on, one shortly after the other, as somebody who wants to use the lab does. */
  switchOn(): void {
    const random = this.#random.fork('switching on')
    for (const server of this.storages.servers) server.powerOn()
    let atMs = this.scheduler.nowMs()
    for (const node of this.nodes) {
      this.scheduler.at(atMs, () => node.powerOn())
      atMs += millisecondsIn(this.parameters.labSwitchOnSpread, random)
    }
  }

  /** Stops the processors of a node, as a hypervisor pauses a machine; nothing happens to one without power. */
  freeze(name: string): void {
    if (this.node(name).freeze()) this.#pathsChanged()
  }

  /** Lets them go on; its clock was paused with them. */
  thaw(name: string): void {
    this.#wakeUp([this.node(name)])
  }

  /** The laptop sleeps: nothing on it goes on, nodes or probes, until it wakes up by itself. */
  suspend(durationMs: number): void {
    if (this.#isSuspended) return
    this.#pathsChange()
    this.#isSuspended = true
    this.#log('laptop', 'lab', 'notice', 'suspended')
    const asleep = this.nodes.filter((node) => node.freeze())
    this.#pathsChanged()
    this.scheduler.at(this.scheduler.nowMs() + durationMs, () => {
      this.#pathsChange()
      this.#isSuspended = false
      this.#log('laptop', 'lab', 'notice', `resumed after ${durationMs / 1000} s`)
      this.#wakeUp(asleep)
    })
  }

  get isSuspended(): boolean {
    return this.#isSuspended
  }

  /** Nodes that began to stand still together go on together. */
  #wakeUp(
    nodes: readonly NodeMachine[],
    clock: 'clock was paused' | 'clock went on' = 'clock was paused',
  ): void {
    let stoodStillMs = 0
    const awake = nodes.filter((node) => {
      const frozenMs = node.thaw()
      if (frozenMs === undefined) return false
      stoodStillMs = frozenMs
      if (clock === 'clock was paused') this.clocks.stoodStill(node.name, frozenMs)
      this.#watchdogs.get(node.name)?.wokeUp()
      return node.answers
    })
    this.corosync.wokeUp(
      awake.map(({ name }) => name),
      stoodStillMs,
    )
    this.#pathsChanged()
  }

  node(name: string): NodeMachine {
    const node = this.#nodesByName.get(name)
    assert(node !== undefined, `no such node: ${name}`)
    return node
  }

  guest(id: string): GuestMachine {
    const guest = this.#guestsById.get(id)
    assert(guest !== undefined, `no such guest: ${id}`)
    return guest
  }

  get guests(): readonly GuestMachine[] {
    return this.#guests
  }

  /** A guest that somebody creates while the lab runs. Its id must be free. */
  addGuest(spec: LabGuest): GuestMachine {
    assert(!this.#guestsById.has(spec.id), `there is a guest ${spec.id}`)
    this.#specs.push(spec)
    this.storages.add(spec)
    const guest = this.#createGuest(spec)
    this.#guests.push(guest)
    this.#guestsById.set(spec.id, guest)
    return guest
  }

  /** Destroys a guest without process, with its disk and what it wrote. */
  removeGuest(id: string): void {
    const guest = this.guest(id)
    assert(guest.host === undefined, `${id} has a process on ${guest.host}`)
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    this.#specs.splice(this.#specs.indexOf(guest.spec), 1)
    this.#guestsById.delete(id)
    this.storages.remove(id)
  }

  /** The node on which a guest's configuration lies, as `viewer` knows it. */
  configuredNode(guest: GuestMachine, viewer: string): string {
    return this.agents.configuredNode(guest, viewer)
  }

  /** The one who keeps a list of what the daemons do with guests. */
  setTaskListener(listener: GuestTaskListener): void {
    this.#beginTask = listener
  }

  /** Touched memory of a node, of which a guest's share is `residentMiB`. */
  memoryDemandMiB(node: NodeMachine): number {
    return this.#load.demandMiB(node.spec)
  }

  /** What the management interface of a node takes longer than on one that does not swap pages in use. */
  apiDelayMs(node: NodeMachine, random: Random): number {
    const thrashing = this.#load.thrashing(node.spec)
    return thrashing === 0 ? 0 : thrashing * millisecondsIn(this.parameters.swapApiDelay, random)
  }

  residentMiB(guest: GuestMachine): number {
    return this.#load.residentMiB(guest.spec)
  }

  /** How many times slower than an idle machine of good size the node is now. */
  slowdownOf(node: NodeMachine): number {
    return this.#load.slowdown(node.spec)
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

  /** Calls back just before latency or loss of any path changes. */
  onPathChange(listener: () => void): () => void {
    this.#pathListeners.add(listener)
    return () => this.#pathListeners.delete(listener)
  }

  readonly #log = (node: string, source: string, level: string, message: string): void => {
    for (const listener of this.#logListeners) listener({ node, source, level, message })
  }

  /** On a node that stands alone neither corosync nor the membership of its file system exists. */
  #logOfCluster(node: string, source: string, message: string): void {
    if (this.membership.configurationOf(node) !== undefined) this.#log(node, source, 'notice', message)
  }

  /** The node leaves its own data behind and becomes a member of another's cluster. */
  joinCluster(node: string, configuration: ClusterConfiguration): void {
    this.corosync.stop(node)
    this.shared.discard(node)
    this.shared.start(node)
    this.membership.install(configuration, (member) => member === node)
    this.corosync.start(node)
  }

  /** What the parts of the cluster share. */
  get #shared() {
    const nodes = this.lab.nodes.map((node) => node.name)
    const { membership, scheduler, parameters } = this
    return { nodes, membership, scheduler, parameters }
  }

  #createNetwork(): LabNetwork {
    return new LabNetwork({
      qualities: this.lab.networks?.quality ?? {},
      answers: (end) => !this.#isSuspended && (end === laptopEnd || this.#endAnswers(end)),
      changes: () => this.#pathsChange(),
      changed: () => this.#pathsChanged(),
    })
  }

  #createClocks(): NodeClocks {
    return new NodeClocks({
      ...this.#shared,
      random: this.#random.fork('node clocks'),
      hearsTimeServer: (node) =>
        this.#nodesByName.has(node) && this.network.reaches(laptopEnd, node, 'management'),
      changed: () => this.ceph.clocks.disturbed(),
    })
  }

  readonly #reachesOverCluster = (from: string, to: string) => this.network.reaches(from, to, 'cluster')

  #createCorosync(): Corosync {
    const links = this.lab.networks?.corosyncLinks ?? ['cluster']
    return new Corosync({
      ...this.#shared,
      random: this.#random.fork('corosync'),
      linkCount: links.length,
      pathOf: (link, from, to) => {
        const network = links[link] ?? 'cluster'
        const reaches = this.membership.areTogether(from, to) && this.network.reaches(from, to, network)
        return reaches ? this.network.path(from, to, network) : undefined
      },
      isAwake: (node) => !this.node(node).isFrozen,
      log: (node, message) => this.#logOfCluster(node, 'corosync', message),
      membershipChanged: (node) => {
        this.shared.membershipChanged(node)
        this.ha.deliveryResumed(node)
      },
      quorumChanged: (node) => this.shared.votesChanged(node),
      ringHealed: (node) => this.ha.deliveryResumed(node),
    })
  }

  #createFileSystem(): ClusterFileSystem {
    return new ClusterFileSystem({
      ...this.#shared,
      random: this.#random.fork('cluster file system'),
      corosync: this.corosync,
      log: (node, message) => this.#logOfCluster(node, 'pmxcfs', message),
      quorumChanged: (node) => this.#quorumChanged(node),
      lockReleased: (name) => this.ha.lockReleased(name),
      witness: this.#witness,
    })
  }

  #createCeph(): CephCluster {
    return new CephCluster({
      ...this.#shared,
      nodes: this.lab.nodes.filter((node) => node.cephDiskGB > 0).map((node) => node.name),
      diskGiB: (name) => this.lab.nodes.find((node) => node.name === name)?.cephDiskGB ?? 0,
      rules: this.lab.ceph,
      guestCount: this.lab.guests.filter((guest) => storageOfGuest(this.lab, guest)?.kind === 'rbd').length,
      random: this.#random.fork('ceph'),
      reaches: this.#reachesOverCluster,
      log: this.#log,
      mapChanges: () => this.storages.ledger.settle(),
      clockOffsetSeconds: (node) => this.clocks.offsetSeconds(node),
      clocksMove: () => !this.clocks.areSynchronised,
      isUsed: () => this.guests.some(({ isRunning }) => isRunning),
      killedForMemory: (node, victim) => this.#cephRestarts.killed(this.node(node), victim),
      ioChanged: () => {
        this.storages.poolChanged()
        for (const guest of this.guests) guest.refreshDisk()
      },
    })
  }

  #endAnswers(end: string): boolean {
    const server = this.storages.servers.find(({ name }) => name === end)
    return server?.serves ?? this.node(end).answers
  }

  #createHaStack(pveVersion: string): HaStack {
    return new HaStack({
      ...this.#shared,
      pveVersion,
      usage: createUsageSource(this, this.#load),
      shared: this.shared,
      corosync: this.corosync,
      random: this.#random.fork('ha'),
      nowMs: () => this.scheduler.nowMs(),
      log: this.#log,
      agentsOf: (machine) => this.agents.of(machine),
      watchdogOf: (node) => this.#watchdogOf(node),
    })
  }

  #createGuest(spec: LabGuest): GuestMachine {
    return new GuestMachine(spec, {
      random: this.#random.fork(`guest ${spec.id}`),
      parameters: this.parameters,
      residentMiB: () => this.#load.residentMiB(spec),
      disk: this.storages.diskOf(spec.id),
      writingChanged: (guest, writes) => this.storages.ledger.setWriting(guest.id, writes),
      isReachedFromLaptop: (node) => this.network.reaches(laptopEnd, node, 'management'),
      isReachedFromGuest: (viewer, node) => this.network.reaches(viewer, node, 'management'),
      reachOf: (id, viewer) => this.guest(id).reachFrom(viewer),
      guest: (id) => this.guest(id),
      dependents: dependentsOf(this.lab, spec),
      reachChanges: (guest, next) => {
        for (const listener of this.#reachListeners) listener(guest, next)
      },
      processChanged: (guest) => {
        this.#memory.usageChanged(guest)
        this.agents.migrations.guestChanged(guest)
        this.#memoryChanged()
      },
    })
  }

  #createStalls(): SwapStalls {
    return new SwapStalls({
      scheduler: this.scheduler,
      random: this.#random.fork('swapping'),
      parameters: this.parameters,
      load: this.#load,
      freeze: (node) => this.freeze(node.name),
      thaw: (node) => this.#wakeUp([node], 'clock went on'),
      stalled: (node, seconds) => this.ha.stalled(node.name, Math.round(seconds)),
    })
  }

  /** Memory in demand, or who has power, may be another now. */
  #memoryChanged(): void {
    for (const node of this.nodes) {
      this.#stalls.reconsider(node)
      if (!this.ceph.has(node.name)) continue
      const roomMiB = this.#load.cephRoomMiB(node.spec)
      const isEnough = roomMiB >= this.#load.cephRoomEnoughMiB
      this.ceph.limitMemory(node.name, isEnough ? Number.POSITIVE_INFINITY : roomMiB)
    }
  }

  #services(): NodeServices {
    return {
      kernelStarted: (node) => {
        this.#watchdogs.set(node.name, this.#createWatchdog(node))
        this.clocks.booted(node.name)
        this.ceph.kernelStarted(node.name)
        this.#memoryChanged()
        this.#pathsChanged()
      },
      startCeph: (node) => {
        this.#cephRestarts.booted(node)
        this.ceph.start(node.name, this.#load.slowdown(node.spec))
        this.ceph.obeyMemoryLimits()
      },
      startClusterFileSystem: (node) => this.shared.start(node.name),
      startCorosync: (node) => this.corosync.start(node.name),
      whenQuorate: (node, action) => this.#whenQuorate(node.name, action),
      startCrm: (node) => this.ha.startCrm(node),
      startLrm: (node) => this.ha.startLrm(node),
      startLocalGuests: (node) => this.agents.startLocal(node),
      stopLocalGuests: (node, done) => this.agents.stopLocal(node, done),
      stopLrm: (node, done) => this.ha.stopLrm(node, done),
      stopCrm: (node, done) => this.ha.stopCrm(node, done),
      stopCeph: (node) => this.ceph.stop(node.name, 'orderly'),
      leaveCluster: (node) => {
        this.corosync.leave(node.name)
        this.shared.stop(node.name)
      },
      halted: (node) => this.#halted(node.name),
      slowdown: (node) => this.#load.slowdown(node.spec),
    }
  }

  #halted(node: string): void {
    this.agents.migrations.nodeHalted(node)
    for (const guest of this.guests) if (guest.host === node) guest.losePower()
    this.ha.halted(node)
    this.#watchdogs.delete(node)
    this.#quorumWaits.delete(node)
    this.#stalls.reconsider(this.node(node))
    this.shared.stop(node)
    this.corosync.stop(node)
    this.ceph.stop(node, 'lost')
    this.#pathsChanged()
  }

  #pathsChange(): void {
    for (const listener of this.#pathListeners) listener()
  }

  #pathsChanged(): void {
    this.#witness?.pathsChanged()
    this.clocks.reconsider()
    this.corosync.reconsider()
    this.ceph.reconsider()
    this.storages.reconsider()
    for (const guest of this.guests) guest.refreshDisk()
    this.agents.migrations.reconsider()
  }

  #createWatchdog(node: NodeMachine): NodeWatchdog {
    return new NodeWatchdog({
      scope: node.scope,
      parameters: this.parameters,
      log: (message) => this.#log(node.name, 'watchdog-mux', 'err', message),
      reset: () => {
        this.#log(node.name, 'lab', 'notice', 'reset by watchdog')
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
