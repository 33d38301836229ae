/** What all handlers stand on: the world, and what the API keeps of its own. */
import type { Clock } from '../../contracts/clock.ts'
import { addressAt } from '../world/cluster-membership.ts'
import type { GuestMachine } from '../world/guest-machine.ts'
import type { NodeMachine } from '../world/node-machine.ts'
import { readServices } from '../world/shared-files.ts'
import type { World } from '../world/world.ts'
import type { Accounts } from './accounts.ts'
import { ApiError, refuse } from './api-error.ts'
import { noteGivenCeph } from './ceph-setup.ts'
import { ClusterAccounts } from './cluster-accounts.ts'
import { Journal } from './journal.ts'
import { LoadHistory } from './load-history.ts'
import { MemberStatistics } from './member-statistics.ts'
import { type NodeCertificate, NodeCertificates } from './node-certificates.ts'
import { NodeFiles } from './node-files.ts'
import { isSince, type Release } from './release.ts'
import { Tasks } from './tasks.ts'
import { WallTime } from './wall-time.ts'

export interface FrontEndOptions {
  readonly world: World
  readonly clock: Clock
  readonly rootPassword: string
  /** Key of tickets and tokens. */
  readonly secret: string
  /** Of each node: the one it has, and those it gets one after the other when it joins a cluster. */
  readonly certificates: ReadonlyMap<string, readonly NodeCertificate[]>
  /** Who has signed them; whoever asks finds none if not given. */
  readonly authorityPem?: string
  /** 8.4 if not given. */
  readonly release?: Release
  /** Seconds before the lab's start at which the cluster's key was made; a day if not given. */
  readonly keyAgeSeconds?: number
}

/** How long a call waits for a lock of the cluster file system that nobody can give it (recorded). */
const lockWaitMs = 9000

export class ServedLab {
  readonly world: World
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly tasks: Tasks
  readonly journal: Journal
  readonly history: LoadHistory
  readonly statistics: MemberStatistics
  readonly certificates: NodeCertificates
  readonly release: Release
  readonly files = new NodeFiles()
  readonly #accounts: ClusterAccounts

  constructor(options: FrontEndOptions) {
    const { world, clock } = options
    this.world = world
    this.clock = clock
    this.release = options.release ?? '8.4'
    this.certificates = new NodeCertificates(options.certificates, () => clock.nowMs(), options.authorityPem)
    this.wallTime = new WallTime(clock)
    this.#accounts = new ClusterAccounts({
      membership: world.membership,
      nodes: world.nodes.map(({ name }) => name),
      rootPassword: options.rootPassword,
      secret: options.secret,
      nowSeconds: () => this.wallTime.seconds(),
      keyAgeSeconds: options.keyAgeSeconds ?? 86_400,
      release: this.release,
    })
    this.journal = new Journal(world, this.wallTime)
    this.history = new LoadHistory(this)
    this.statistics = new MemberStatistics(this)
    noteGivenCeph(this)
    this.tasks = new Tasks(world, this.wallTime, (task) =>
      this.journal.note(
        task.node,
        task.user,
        `end task ${task.upid} ${task.status}`,
        task.status === 'OK' ? 6 : 3,
      ),
    )
  }

  /** Users, tokens and the key of tickets, as a node has them from its cluster. */
  accountsOf(node: string): Accounts {
    return this.#accounts.of(node)
  }

  /** The node has thrown away its own accounts and has no others yet. */
  lockAccounts(node: string): void {
    this.#accounts.lock(node)
  }

  adoptAccounts(node: string, member: string): void {
    this.#accounts.adopt(node, member)
  }

  /** Undefined for a node that stands alone. */
  clusterName(node: string): string | undefined {
    return this.world.membership.configurationOf(node)?.name
  }

  /** Begins a task in the name of a caller and notes it in the cluster's log. */
  beginTask(node: string, type: string, id: string, user: string) {
    const task = this.tasks.begin(node, type, id, user)
    this.journal.note(node, user, `starting task ${task.upid}`, 6)
    return task
  }

  /** Whether the lab behaves as a release from `since` on. */
  isSince(since: string): boolean {
    return isSince(this.release, since)
  }

  /** Names of the nodes in the cluster of `viewer`, itself among them. */
  members(viewer: string): readonly string[] {
    return this.world.membership.members(viewer)
  }

  /** False of one that is only entered in the configuration: it is known by its name alone. */
  hasJoined(viewer: string, name: string): boolean {
    return name === viewer || this.world.membership.configurationOf(name) !== undefined
  }

  /** Guests whose configuration `viewer` has before it. */
  guestsOf(viewer: string): readonly GuestMachine[] {
    const members = this.members(viewer)
    return this.world.guests.filter((guest) => members.includes(this.world.configuredNode(guest, viewer)))
  }

  addressOf(node: string): string {
    return addressAt(this.world.nodes.findIndex(({ name }) => name === node))
  }

  /** 0 for a node that stands alone. */
  nodeIdOf(node: string): number {
    return this.world.membership.nodeIdOf(node)
  }

  guestWith(vmid: string, kind: GuestMachine['kind']): GuestMachine | undefined {
    return this.world.guests.find((guest) => guest.kind === kind && vmidOf(guest) === vmid)
  }

  /** The guest, if its configuration lies on that node. */
  guestOn(node: string, vmid: string, kind: GuestMachine['kind']): GuestMachine {
    const guest = this.guestWith(vmid, kind)
    if (guest !== undefined && this.world.configuredNode(guest, node) === node) return guest
    return refuse(missingConfiguration(node, vmid, kind))
  }

  /** HA cares for it and may be asked for something. */
  isManaged(guest: GuestMachine, viewer: string): boolean {
    const service = readServices(this.world.shared, viewer)[guest.id]
    return service !== undefined && service.state !== 'ignored'
  }

  runsOn(guest: GuestMachine, node: string): boolean {
    return guest.host === node && guest.isRunning
  }

  machine(node: string): NodeMachine {
    return this.world.node(node)
  }

  requireQuorum(node: string): void {
    if (!this.world.shared.canWrite(node)) refuse('cluster not ready - no quorum?')
  }

  /** Waits in vain for a lock where there is no quorum. `what` begins the sentence. */
  async requireLock(node: string, name: string, what = ''): Promise<void> {
    if (this.world.shared.isQuorate(node)) return
    await this.clock.sleep(lockWaitMs)
    throw new ApiError(500, `${what}cfs-lock '${name}' error: no quorum!\n`)
  }
}

export function vmidOf(guest: GuestMachine): string {
  return guest.id.slice(3)
}

export function missingConfiguration(node: string, vmid: string, kind: GuestMachine['kind']): string {
  const folder = kind === 'vm' ? 'qemu-server' : 'lxc'
  return `Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`
}

/** What is said where the process is asked for before the configuration (recorded). */
export function unknownToHypervisor(node: string, vmid: string): string {
  return `unable to find configuration file for VM ${vmid} on node '${node}'`
}
