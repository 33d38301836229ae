/** The ports of the HA daemons, answered by the cluster file system, corosync and the node's watchdog. */
import type { DatacenterOptions } from '../ha/cluster-data.ts'
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
import {
  changeService,
  clearCrmCommands,
  type DatacenterFile,
  emptyDatacenter,
  readCrmCommands,
  readDatacenterFile,
  readGroups,
  readLrmStatus,
  readManagerStatus,
  readRules,
  readServices,
  removeGroup,
  writeGroups,
  writeLrmStatus,
  writeManagerStatus,
  writeRules,
} from './shared-files.ts'

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

export function crmEnvironment(place: DaemonPlace, createUid: () => string): CrmEnvironment {
  const { node, shared } = place
  const mounted = whenMounted(place)
  const commands = mounted(() => readCrmCommands(shared, node))
  return {
    ...daemonEnvironment(place),
    readMembership: () =>
      Object.fromEntries(place.members().map((name) => [name, shared.isOnline(node, name)])),
    writeManagerStatus: (status) => writeManagerStatus(shared, node, status),
    readLrmStatus: (name) => {
      assertMounted(place)
      return readLrmStatus(shared, node, name)
    },
    hasCrmCommands: () => commands().length > 0,
    takeCrmCommands: () => {
      const waiting = commands()
      if (waiting.length > 0) clearCrmCommands(shared, node)
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
    writeLrmStatus: (status) => writeLrmStatus(shared, node, status),
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
