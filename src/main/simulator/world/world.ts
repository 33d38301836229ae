import assert from 'node:assert'
import type { Lab, LabGuest } from '../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../contracts/clock.ts'
import type { LabLogLine } from '../../contracts/lab-session.ts'
import type { Random } from '../../contracts/random.ts'
import type { CephCluster } from './ceph/ceph-cluster.ts'
import type { CephRestarts } from './ceph-restarts.ts'
import type { ClusterFileSystem } from './cluster-file-system.ts'
import { type ClusterConfiguration, ClusterMembership, clusterOfAll } from './cluster-membership.ts'
import type { Corosync } from './corosync.ts'
import {
  type BootWatcher,
  GuestAgents,
  type GuestTaskListener,
  startsAll,
  unheardTask,
} from './guest-agents.ts'
import type { GuestMachine } from './guest-machine.ts'
import { GuestMigrations } from './guest-migrations.ts'
import type { Reach } from './guest-process.ts'
import type { HaStack } from './ha-stack.ts'
import { LabInventory } from './lab-inventory.ts'
import { LabTime } from './lab-time.ts'
import type { MachineLoad } from './machine-load.ts'
import { MemoryKeeper } from './memory-keeper.ts'
import type { LabNetwork } from './network.ts'
import type { NodeClocks } from './node-clocks.ts'
import { NodeDisks } from './node-disks.ts'
import { NodeMachine } from './node-machine.ts'
import { createNodeServices } from './node-services.ts'
import { NodeUnits } from './node-units.ts'
import { NodeWatchdogs } from './node-watchdogs.ts'
import { millisecondsIn, type WorldParameters, worldParameters } from './parameters.ts'
import { QuorumWaits } from './quorum-waits.ts'
import { installServices } from './shared-files.ts'
import { StandingStill } from './standing-still.ts'
import type { LabStorages } from './storage/lab-storages.ts'
import {
  createCeph,
  createCephRestarts,
  createClocks,
  createCorosync,
  createFileSystem,
  createGuest,
  createHaStack,
  createLoad,
  createNetwork,
  createStalls,
  createStorages,
  type Wiring,
} from './world-parts.ts'
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
  /** GB of empty data disks, by node, where the lab does not use one for Ceph. */
  readonly emptyDisksGB?: ReadonlyMap<string, number>
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
  /** Stands still while the laptop sleeps. */
  readonly labTime: LabTime
  readonly network: LabNetwork
  readonly membership: ClusterMembership
  readonly corosync: Corosync
  readonly shared: ClusterFileSystem
  readonly ceph: CephCluster
  readonly disks: NodeDisks
  /** The disks of the guests, and what became of the records they wrote. */
  readonly storages: LabStorages
  /** Memory and processors, and how far they are used. */
  readonly load: MachineLoad
  readonly ha: HaStack
  readonly clocks: NodeClocks
  readonly units: NodeUnits
  readonly nodes: readonly NodeMachine[]
  /** Guests and storages, which come and go. */
  readonly inventory: LabInventory
  readonly #nodesByName = new Map<string, NodeMachine>()
  readonly #wiring: Wiring
  /** What can be done with guests, by daemons and by hand. */
  readonly agents: GuestAgents
  readonly migrations: GuestMigrations
  readonly #memory: MemoryKeeper
  readonly #cephRestarts: CephRestarts
  readonly #standingStill: StandingStill
  readonly #quorumWaits = new QuorumWaits((node) => this.shared.isQuorate(node))
  readonly #logListeners = new Set<(line: LabLogLine) => void>()
  #beginTask: GuestTaskListener = () => unheardTask
  #boot: BootWatcher = startsAll
  readonly #reachListeners = new Set<ReachListener>()
  readonly #pathListeners = new Set<() => void>()

  constructor(options: WorldOptions) {
    const { lab, group, scheduler, random } = options
    this.inventory = new LabInventory(lab, {
      world: this,
      createGuest: (spec) => this.#createGuest(spec),
    })
    this.lab = this.inventory.lab
    this.group = group
    this.scheduler = scheduler
    this.labTime = new LabTime(scheduler)
    this.parameters = worldParameters(options.parameters)
    this.#wiring = {
      world: this,
      random,
      witness: options.witness,
      log: this.#log,
      pathsChange: () => this.#pathsChange(),
      pathsChanged: () => this.#pathsChanged(),
    }
    this.load = createLoad(this)
    const watchdogs = new NodeWatchdogs({ parameters: this.parameters, log: this.#log })
    this.#standingStill = new StandingStill({ ...this.#wiring, watchdogs })
    this.network = createNetwork(this.#wiring)
    this.membership = new ClusterMembership((nodes) => this.corosync.configurationChanged(nodes))
    this.corosync = createCorosync(this.#wiring)
    if (options.standalone !== true) {
      this.membership.install(
        clusterOfAll(
          lab.name,
          lab.nodes.map(({ name }) => name),
        ),
      )
    }
    this.shared = createFileSystem(this.#wiring, (node) => this.#quorumWaits.quorumChanged(node))
    this.clocks = createClocks(this.#wiring)
    this.ceph = createCeph(this.#wiring, (node, victim) => this.#cephRestarts.killed(node, victim))
    this.disks = new NodeDisks(lab.nodes, this.ceph.osdMap.osds, options.emptyDisksGB ?? new Map())
    this.#cephRestarts = createCephRestarts(this.#wiring)
    this.storages = createStorages(this.#wiring)
    const watchdogOf = (node: string) => watchdogs.of(node)
    this.ha = createHaStack(this.#wiring, options.pveVersion ?? newestVersion, watchdogOf)
    this.units = new NodeUnits({ ha: this.ha, corosync: this.corosync, shared: this.shared, watchdogOf })
    const stalls = createStalls(this.#wiring, this.#standingStill)
    this.#memory = new MemoryKeeper({ ...this.#wiring, stalls })
    const services = createNodeServices({
      ...this.#wiring,
      watchdogs,
      quorumWaits: this.#quorumWaits,
      cephRestarts: this.#cephRestarts,
      memory: this.#memory,
      stalls,
    })
    this.nodes = lab.nodes.map(
      (spec) => new NodeMachine(spec, scheduler, random.fork(`node ${spec.name}`), this.parameters, services),
    )
    this.inventory.createGuests()
    for (const node of this.nodes) this.#nodesByName.set(node.name, node)
    this.agents = new GuestAgents({
      ...this.#wiring,
      beginTask: (...task) => this.#beginTask(...task),
      boot: () => this.#boot,
    })
    this.migrations = new GuestMigrations({ ...this.#wiring, random: random.fork('migrations') })
    if (group === 'treatment') installServices(this.shared, this.agents.services())
  }

  /** To be called when daemons of Ceph were created or removed on a node: they need memory. */
  daemonsChanged(): void {
    this.ceph.reconsider()
    this.#memory.reconsider()
  }

  /** Switches all nodes on, one shortly after the other, as somebody who wants to use the lab does. */
  switchOn(): void {
    const random = this.#wiring.random.fork('switching on')
    for (const server of this.storages.servers) server.powerOn()
    let atMs = this.scheduler.nowMs()
    for (const node of this.nodes) {
      this.scheduler.at(atMs, () => node.powerOn())
      atMs += millisecondsIn(this.parameters.labSwitchOnSpread, random)
    }
  }

  /** Stops the processors of a node, as a hypervisor pauses a machine; nothing happens to one without power. */
  freeze(name: string): void {
    this.#standingStill.freeze(this.node(name))
  }

  /** Lets them go on; its clock was paused with them. */
  thaw(name: string): void {
    this.#standingStill.wakeUp([this.node(name)])
  }

  /** The laptop sleeps: nothing on it goes on, nodes or probes, until it wakes up by itself. */
  suspend(durationMs: number): void {
    this.#standingStill.suspend(durationMs)
  }

  get isSuspended(): boolean {
    return this.#standingStill.isSuspended
  }

  /** When a sleeping laptop wakes up; the past while it is awake. */
  get resumesAtMs(): number {
    return this.#standingStill.resumesAtMs
  }

  node(name: string): NodeMachine {
    const node = this.#nodesByName.get(name)
    assert(node !== undefined, `no such node: ${name}`)
    return node
  }

  guest(id: string): GuestMachine {
    return this.inventory.guest(id)
  }

  get guests(): readonly GuestMachine[] {
    return this.inventory.guests
  }

  /** The node on which a guest's configuration lies, as `viewer` knows it. */
  configuredNode(guest: GuestMachine, viewer: string): string {
    return this.agents.configuredNode(guest, viewer)
  }

  /** The one who keeps a list of what the daemons do with guests. */
  setTaskListener(listener: GuestTaskListener): void {
    this.#beginTask = listener
  }

  /** The one who knows which guests start with their node; all do without. */
  setBootWatcher(watcher: BootWatcher): void {
    this.#boot = watcher
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

  /** The node leaves its own data behind and becomes a member of another's cluster. */
  joinCluster(node: string, configuration: ClusterConfiguration): void {
    this.corosync.stop(node)
    this.shared.discard(node)
    this.membership.install(configuration, (member) => member === node)
    this.corosync.start(node)
    this.shared.start(node)
  }

  #createGuest(spec: LabGuest): GuestMachine {
    return createGuest(
      this.#wiring,
      spec,
      (guest, next) => {
        for (const listener of this.#reachListeners) listener(guest, next)
      },
      (guest) => {
        this.#memory.usageChanged(guest)
        this.migrations.live.guestChanged(guest)
        this.#memory.reconsider()
      },
    )
  }

  #pathsChange(): void {
    for (const listener of this.#pathListeners) listener()
  }

  #pathsChanged(): void {
    this.#wiring.witness?.pathsChanged()
    this.clocks.reconsider()
    this.corosync.reconsider()
    this.ceph.reconsider()
    this.storages.reconsider()
    for (const guest of this.guests) guest.refreshDisk()
    this.migrations.live.reconsider()
  }
}
