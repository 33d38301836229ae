/** The ports of the HA daemons, answered by the cluster file system, corosync and the node's watchdog. */
import {
  type DatacenterOptions,
  emptyManagerStatus,
  type Group,
  type LrmStatus,
  type ManagerStatus,
  type Rule,
  type ServiceConfig,
  type ServiceId,
} from '../ha/cluster-data.ts'
import {
  ClusterDataError,
  type CrmEnvironment,
  type DaemonEnvironment,
  type LogLevel,
  type LrmEnvironment,
  managerLockName,
  type ResourceAgents,
  type UsageSource,
  type WatchdogId,
} from '../ha/environment.ts'
import type { ClusterFileSystem } from './cluster-file-system.ts'
import { schedulerOptionsOf } from './scheduler-figures.ts'

export type ServiceConfigs = Readonly<Record<ServiceId, ServiceConfig>>

/** Put together once: each round of each daemon asks for them. */
const lrmStatusFiles = new Map<string, string>()

/** Names of the shared files, as a node has them below /etc/pve. */
const files = {
  managerStatus: 'ha/manager_status',
  services: 'ha/resources.cfg',
  commands: 'ha/crm_commands',
  rules: 'ha/rules.cfg',
  groups: 'ha/groups.cfg',
  lrmStatus: (node: string) => {
    const file = lrmStatusFiles.get(node) ?? `nodes/${node}/lrm_status`
    lrmStatusFiles.set(node, file)
    return file
  },
  datacenter: 'datacenter.cfg',
  /** Where the configuration of a guest lies that HA does not manage. */
  placement: (guest: string) => `placement/${guest}`,
}

/** What one daemon of one node stands on. */
export interface DaemonPlace {
  readonly usage: UsageSource
  readonly node: string
  /** Those of its cluster. */
  members(): readonly string[]
  readonly shared: ClusterFileSystem
  /** Of the manager on all nodes; rules replace groups from 9 on. */
  readonly pveVersion: string
  /** Of this daemon, not of one that ran there before. */
  readonly process: string
  nowSeconds(): number
  log(level: LogLevel, message: string): void
  readonly watchdog: { open(): WatchdogId; feed(id: WatchdogId): void; close(id: WatchdogId): void }
  /** An attempt at a lock failed only because it is just being freed. */
  lockRequested(): void
}

export function readManagerStatus(shared: ClusterFileSystem, node: string): ManagerStatus {
  return (shared.read(node, files.managerStatus) as ManagerStatus | undefined) ?? emptyManagerStatus
}

export function readServices(shared: ClusterFileSystem, node: string): ServiceConfigs {
  return (shared.read(node, files.services) as ServiceConfigs | undefined) ?? {}
}

export function readLrmStatus(
  shared: ClusterFileSystem,
  viewer: string,
  node: string,
): LrmStatus | undefined {
  return shared.read(viewer, files.lrmStatus(node)) as LrmStatus | undefined
}

/** Options of the whole cluster, by the names of datacenter.cfg. */
export interface DatacenterFile {
  readonly ha?: { readonly shutdown_policy?: string }
  readonly [name: string]: unknown
}

const emptyDatacenter: DatacenterFile = {}

export function readDatacenterFile(shared: ClusterFileSystem, node: string): DatacenterFile {
  return (shared.read(node, files.datacenter) as DatacenterFile | undefined) ?? emptyDatacenter
}

/** Throws without quorum. */
export function writeDatacenterFile(shared: ClusterFileSystem, node: string, options: DatacenterFile): void {
  write(shared, node, files.datacenter, options)
}

/** The node of a guest outside HA, if it was ever moved. */
export function readPlacement(shared: ClusterFileSystem, node: string, guest: string): string | undefined {
  return shared.read(node, files.placement(guest)) as string | undefined
}

/** Throws without quorum. */
export function writePlacement(shared: ClusterFileSystem, node: string, guest: string, to: string): void {
  write(shared, node, files.placement(guest), to)
}

/** Puts the resources of a lab that was built before it was switched on. */
export function installServices(shared: ClusterFileSystem, services: ServiceConfigs): void {
  shared.install(files.services, services)
}

/** Changes one resource as a user's request or the manager's recovery does. Throws without quorum. */
export function changeService(
  shared: ClusterFileSystem,
  node: string,
  sid: ServiceId,
  changes: Partial<ServiceConfig>,
): void {
  const services = readServices(shared, node)
  const service = services[sid]
  if (service === undefined) throw new ClusterDataError(`no such service '${sid}'`)
  write(shared, node, files.services, { ...services, [sid]: { ...service, ...changes } })
}

/** Throws without quorum. */
export function removeGroup(shared: ClusterFileSystem, node: string, sid: ServiceId): void {
  const service = readServices(shared, node)[sid]
  if (service === undefined) throw new ClusterDataError(`no such service '${sid}'`)
  const { group: _group, ...rest } = service
  putService(shared, node, sid, rest)
}

/** Adds or replaces a resource. Throws without quorum. */
export function putService(
  shared: ClusterFileSystem,
  node: string,
  sid: ServiceId,
  service: ServiceConfig,
): void {
  write(shared, node, files.services, { ...readServices(shared, node), [sid]: service })
}

/** Ends the management of a resource; its guest stays where it is. Throws without quorum. */
export function removeService(
  shared: ClusterFileSystem,
  node: string,
  sid: ServiceId,
  service: ServiceConfig,
): void {
  writePlacement(shared, node, sid, service.node)
  const { [sid]: _removed, ...rest } = readServices(shared, node)
  write(shared, node, files.services, rest)
}

const noRules: readonly Rule[] = []

export function readRules(shared: ClusterFileSystem, node: string): readonly Rule[] {
  return (shared.read(node, files.rules) as readonly Rule[] | undefined) ?? noRules
}

/** Throws without quorum. */
export function writeRules(shared: ClusterFileSystem, node: string, rules: readonly Rule[]): void {
  write(shared, node, files.rules, rules)
}

/** Groups of resources, as releases before 9 have them. */
export function readGroups(shared: ClusterFileSystem, node: string): readonly Group[] {
  return (shared.read(node, files.groups) as readonly Group[] | undefined) ?? []
}

/** Throws without quorum. */
export function writeGroups(shared: ClusterFileSystem, node: string, groups: readonly Group[]): void {
  write(shared, node, files.groups, groups)
}

/** Leaves a command line for the master's next round. Throws without quorum. */
export function queueCrmCommand(shared: ClusterFileSystem, node: string, line: string): void {
  const waiting = (shared.read(node, files.commands) as readonly string[] | undefined) ?? []
  write(shared, node, files.commands, [...waiting, line])
}

export function crmEnvironment(place: DaemonPlace, createUid: () => string): CrmEnvironment {
  const { node, shared } = place
  const mounted = whenMounted(place)
  const commands = mounted(() => (shared.read(node, files.commands) as readonly string[] | undefined) ?? [])
  return {
    ...daemonEnvironment(place),
    readMembership: () =>
      Object.fromEntries(place.members().map((name) => [name, shared.isOnline(node, name)])),
    writeManagerStatus: (status) => write(shared, node, files.managerStatus, status),
    readLrmStatus: (name) => {
      assertMounted(place)
      return readLrmStatus(shared, node, name)
    },
    hasCrmCommands: () => commands().length > 0,
    takeCrmCommands: () => {
      const waiting = commands()
      if (waiting.length > 0) write(shared, node, files.commands, [])
      return waiting
    },
    readRules: mounted(() => readRules(shared, node)),
    writeRules: (rules) => writeRules(shared, node, rules),
    // One without nodes spoils the file of a real cluster; here it only binds nobody.
    readGroups: mounted(() => readGroups(shared, node).filter((group) => group.nodes.length > 0)),
    deleteGroups: () => writeGroups(shared, node, []),
    stealService: (sid, _from, to) => changeService(shared, node, sid, { node: to }),
    updateService: (sid, changes) => {
      const { state, failback } = changes
      if ('group' in changes) removeGroup(shared, node, sid)
      changeService(shared, node, sid, {
        ...(state === undefined ? {} : { state }),
        ...(failback === undefined ? {} : { failback }),
      })
    },
    removeLeftoverGuestLock: () => undefined,
    notifyFencing: () => {},
    nodeVersion: () => place.pveVersion,
    createUid,
    usage: place.usage,
  }
}

export function lrmEnvironment(
  place: DaemonPlace,
  agents: ResourceAgents,
  maxWorkers: number,
  shutdownKind: LrmEnvironment['shutdownKind'],
): LrmEnvironment {
  const { node, shared } = place
  return {
    ...daemonEnvironment(place),
    writeLrmStatus: (status) => write(shared, node, files.lrmStatus(node), status),
    shutdownKind,
    agents,
    maxWorkers,
  }
}

/** Wraps a read so that it fails as on a real node while the cluster file system does not run. */
function whenMounted(place: DaemonPlace): <Value>(read: () => Value) => () => Value {
  return (read) => () => {
    assertMounted(place)
    return read()
  }
}

function assertMounted({ node, shared }: DaemonPlace): void {
  if (!shared.isRunning(node)) throw new ClusterDataError('Connection refused')
}

function daemonEnvironment(place: DaemonPlace): DaemonEnvironment {
  const { node, shared, watchdog } = place
  // A lock is announced when this daemon gets it, also where the node has held it all the time.
  const held = new Set<string>()
  const mounted = whenMounted(place)
  let datacenter = { file: emptyDatacenter, options: datacenterOptionsOf(emptyDatacenter) }
  return {
    release: place.pveVersion.startsWith('8.') ? 8 : 9,
    node,
    now: () => place.nowSeconds(),
    log: (level, message) => place.log(level, message),
    isQuorate: () => shared.isQuorate(node),
    refresh: () => shared.isRunning(node),
    readManagerStatus: mounted(() => readManagerStatus(shared, node)),
    readServiceConfig: mounted(() => readServices(shared, node)),
    readDatacenter: () => {
      const file = readDatacenterFile(shared, node)
      if (file !== datacenter.file) datacenter = { file, options: datacenterOptionsOf(file) }
      return datacenter.options
    },
    acquireLock(name) {
      const attempt = shared.acquireLock(node, name, place.process)
      const isOurs = attempt === 'acquired' || attempt === 'renewed'
      if (isOurs && !held.has(name)) place.log('info', `successfully acquired lock '${name}'`)
      // The LRM tries again before it says so; a master loses its lock at the first refusal.
      else if (!isOurs && held.has(name) && name === managerLockName)
        place.log('err', `lost lock '${name} - cfs lock update failed - Operation not permitted`)
      if (isOurs) held.add(name)
      else held.delete(name)
      if (attempt === 'requested') place.lockRequested()
      return isOurs
    },
    releaseLock(name) {
      held.delete(name)
      return shared.releaseLock(node, name, place.process)
    },
    openWatchdog() {
      place.log('info', 'watchdog active')
      return watchdog.open()
    },
    feedWatchdog: (id) => watchdog.feed(id),
    closeWatchdog(id) {
      place.log('info', 'watchdog closed (disabled)')
      watchdog.close(id)
    },
  }
}

function datacenterOptionsOf({ ha, crs }: DatacenterFile): DatacenterOptions {
  const policy = ha?.shutdown_policy
  return {
    ...(policy === undefined ? {} : { shutdownPolicy: policy }),
    ...(crs === undefined ? {} : { crs: schedulerOptionsOf(crs) }),
  }
}

function write(shared: ClusterFileSystem, node: string, file: string, value: unknown): void {
  if (!shared.write(node, file, value))
    throw new ClusterDataError(`unable to open file '/etc/pve/${file}' - Permission denied`)
}
