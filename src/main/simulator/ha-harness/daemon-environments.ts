/** What daemons see of a scenario's cluster: their private clock, their node, the shared data. */
import type { LrmStatus, NodeName, ServiceConfig, ServiceId } from '../ha/cluster-data.ts'
import {
  ClusterDataError,
  type CrmEnvironment,
  type DaemonEnvironment,
  type LogLevel,
  type LrmEnvironment,
  type UsageSource,
} from '../ha/environment.ts'
import { removableGuestLocks } from '../ha/locks.ts'
import {
  FatalError,
  type Hardware,
  isClusterQuorate,
  isOnline,
  logDaemon,
  logHardware,
  type Machine,
  serviceOf,
} from './hardware.ts'
import { createResourceAgents } from './resource-agents.ts'

export interface EnvironmentFactory {
  crm(machine: Machine): CrmEnvironment
  lrm(machine: Machine): LrmEnvironment
}

export function createEnvironments(hardware: Hardware): EnvironmentFactory {
  let uids = 0
  const createUid = () => {
    uids += 1
    return `uid${uids}`
  }
  return {
    crm: (machine) => ({
      ...createCommon(hardware, machine, 'crm'),
      ...createCrmPart(hardware, machine, createUid),
    }),
    lrm: (machine) => ({ ...createCommon(hardware, machine, 'lrm'), ...createLrmPart(hardware, machine) }),
  }
}

/** Runs `access` unless the node is cut off from the cluster's data. */
function guard<Value>(machine: Machine, access: () => Value): Value {
  if (!machine.clusterDataWorks) throw new ClusterDataError('cfs connection refused - not mounted?')
  return access()
}

function createCommon(hardware: Hardware, machine: Machine, daemon: 'crm' | 'lrm'): DaemonEnvironment {
  const { name } = machine
  const log = (level: LogLevel, message: string) => logDaemon(hardware, machine, daemon, level, message)
  const now = () => machine.clocks[daemon]
  const isQuorate = () => isOnline(machine) && isClusterQuorate(hardware)
  return {
    release: 9,
    node: name,
    now,
    log,
    isQuorate,
    refresh() {
      if (machine.clocks[daemon] > hardware.now) throw new FatalError('a daemon clock runs ahead')
      machine.clocks[daemon] = hardware.now
      return machine.refreshWorks
    },
    readManagerStatus: () => guard(machine, () => hardware.managerStatus),
    readServiceConfig: () => guard(machine, () => Object.fromEntries(hardware.services)),
    readDatacenter: () => hardware.datacenter,
    acquireLock(lock) {
      if (!isQuorate()) return false
      const outcome = hardware.locks.acquire(lock, name, now())
      if (outcome === 'acquired') log('info', `got lock '${lock}'`)
      return outcome !== 'refused'
    },
    releaseLock: (lock) => isQuorate() && hardware.locks.release(lock, name, now()),
    openWatchdog: () => hardware.watchdogs.open(name, hardware.now),
    feedWatchdog: (id) => hardware.watchdogs.feed(id, hardware.now),
    closeWatchdog: (id) => hardware.watchdogs.close(id),
  }
}

function createCrmPart(
  hardware: Hardware,
  machine: Machine,
  createUid: () => string,
): Omit<CrmEnvironment, keyof DaemonEnvironment> {
  const { services } = hardware
  const change = (sid: string, changed: Partial<ServiceConfig>) =>
    services.set(sid, { ...serviceOf(hardware, sid), ...changed })
  return {
    readMembership() {
      const quorate = isClusterQuorate(hardware)
      const machines = [...hardware.machines.values()]
      return Object.fromEntries(machines.map((other) => [other.name, quorate && isOnline(other)]))
    },
    writeManagerStatus: (status) =>
      guard(machine, () => {
        hardware.managerStatus = status
      }),
    readLrmStatus: (node) => guard(machine, () => hardware.lrmStatus.get(node)),
    hasCrmCommands: () => guard(machine, () => hardware.crmCommands.length > 0),
    takeCrmCommands: () =>
      guard(machine, () => {
        const lines = hardware.crmCommands
        hardware.crmCommands = []
        return lines
      }),
    readRules: () => guard(machine, () => hardware.rules),
    writeRules: (rules) =>
      guard(machine, () => {
        hardware.rules = rules
      }),
    readGroups: () => guard(machine, () => hardware.groups),
    deleteGroups: () =>
      guard(machine, () => {
        hardware.groups = []
      }),
    stealService: (sid, _from, to) => guard(machine, () => change(sid, { node: to })),
    updateService(sid, changes) {
      const { group: _, ...ungrouped } = serviceOf(hardware, sid)
      const { group: __, ...options } = changes
      services.set(sid, { ...('group' in changes ? ungrouped : serviceOf(hardware, sid)), ...options })
    },
    removeLeftoverGuestLock(sid) {
      const lock = hardware.guestLocks.get(sid)
      if (lock === undefined || !removableGuestLocks.has(lock)) return undefined
      hardware.guestLocks.delete(sid)
      return lock
    },
    notifyFencing: (stage, subject) => logDaemon(hardware, machine, 'crm', 'email', `${stage}: ${subject}`),
    nodeVersion: (node) => hardware.machines.get(node)?.version,
    createUid,
    usage: createUsageSource(hardware),
  }
}

function createUsageSource(hardware: Hardware): UsageSource {
  const { services, figures, machines } = hardware
  const runs = (sid: ServiceId, node: NodeName) => machines.get(node)?.running.has(sid) === true
  const warn = (message: string) => logHardware(hardware, 'warning', 'hardware', message)
  return {
    readStaticFigures: () => figures.readStatic(services),
    readDynamicFigures: () => figures.readDynamic(services, runs, warn),
  }
}

/** Enough that every action begins, and hence ends, in the round that asks for it. */
const unlimitedWorkers = Number.MAX_SAFE_INTEGER

function createLrmPart(hardware: Hardware, machine: Machine): Omit<LrmEnvironment, keyof DaemonEnvironment> {
  return {
    writeLrmStatus: (status: LrmStatus) =>
      guard(machine, () => {
        hardware.lrmStatus.set(machine.name, status)
      }),
    shutdownKind: () => machine.pendingShutdown,
    agents: createResourceAgents(hardware, machine),
    maxWorkers: unlimitedWorkers,
  }
}
