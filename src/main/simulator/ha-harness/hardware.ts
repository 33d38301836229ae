/** The cluster of a scenario: machines, shared data, guests. Everything but the daemons themselves. */
import type {
  Group,
  LrmStatus,
  ManagerStatus,
  NodeName,
  Rule,
  ServiceConfig,
  ServiceId,
} from '../ha/cluster-data.ts'
import type { Crm, LogLevel, Lrm } from '../ha/environment.ts'
import { createLockTable, type LockTable } from '../ha/locks.ts'
import { createWatchdogTable, type WatchdogTable } from '../ha/watchdogs.ts'
import { createFigures, type Figures } from './figures.ts'
import type { LogLine } from './log-line.ts'
import type { Scenario } from './scenario.ts'

export interface Machine {
  readonly name: NodeName
  power: boolean
  network: boolean
  /** Whether daemons of the node can read and write cluster data. */
  clusterDataWorks: boolean
  /** Whether the refresh at the start of an iteration succeeds. */
  refreshWorks: boolean
  pendingShutdown: 'reboot' | 'shutdown' | undefined
  restartsLrm: boolean
  stopsCrm: boolean
  version: string
  crm: Crm | undefined
  lrm: Lrm | undefined
  /** The daemons' private clocks; they exist whether or not the node is powered. */
  readonly clocks: { crm: number; lrm: number }
  /** Guests that run here. */
  readonly running: Set<ServiceId>
}

export interface Hardware {
  /** The hardware clock, whole seconds. */
  now: number
  /** In string order of the name. */
  readonly machines: ReadonlyMap<NodeName, Machine>
  readonly services: Map<ServiceId, ServiceConfig>
  readonly guestLocks: Map<ServiceId, string>
  readonly datacenter: Scenario['datacenter']
  readonly figures: Figures
  readonly locks: LockTable
  readonly watchdogs: WatchdogTable
  readonly lrmStatus: Map<NodeName, LrmStatus>
  managerStatus: ManagerStatus
  crmCommands: string[]
  rules: readonly Rule[]
  groups: readonly Group[]
  /** Start and migration attempts of failing services, shared by all nodes. */
  readonly failures: { readonly start: Map<string, number>; readonly migrate: Map<string, number> }
  readonly log: LogLine[]
}

/** Ends a scenario; the text is its last log line. */
export class FatalError extends Error {}

export function createHardware(scenario: Scenario): Hardware {
  const machines = [...scenario.nodes].map(
    ([name, node]): Machine => ({
      name,
      power: node.power,
      network: node.network,
      clusterDataWorks: true,
      refreshWorks: true,
      pendingShutdown: undefined,
      restartsLrm: false,
      stopsCrm: false,
      version: node.version,
      crm: undefined,
      lrm: undefined,
      clocks: { crm: 0, lrm: 0 },
      running: new Set(),
    }),
  )
  machines.sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    now: 0,
    machines: new Map(machines.map((machine) => [machine.name, machine])),
    services: new Map([...scenario.services].map(([sid, { lock: _, ...config }]) => [sid, config])),
    guestLocks: new Map(
      [...scenario.services].flatMap(([sid, { lock }]) => (lock === undefined ? [] : [[sid, lock]])),
    ),
    datacenter: scenario.datacenter,
    figures: createFigures(scenario),
    locks: createLockTable(),
    watchdogs: createWatchdogTable(),
    lrmStatus: new Map(),
    managerStatus: scenario.managerStatus,
    crmCommands: [],
    rules: scenario.rules,
    groups: scenario.groups,
    failures: { start: new Map(), migrate: new Map() },
    log: [],
  }
}

/** A line of the harness itself; its level is printed in full. */
export function logHardware(hardware: Hardware, level: string, source: string, message: string): void {
  hardware.log.push({ level, time: hardware.now, source, message })
}

/** A line of a daemon, stamped with its private clock. Levels are cut to four letters. */
export function logDaemon(
  hardware: Hardware,
  machine: Machine,
  daemon: 'crm' | 'lrm',
  level: LogLevel,
  message: string,
): void {
  const time = machine.clocks[daemon]
  hardware.log.push({ level: level.slice(0, 4), time, source: `${machine.name}/${daemon}`, message })
}

export function isOnline({ power, network }: Machine): boolean {
  return power && network
}

/** More than half of all configured nodes are online, those never started included. */
export function isClusterQuorate({ machines }: Hardware): boolean {
  let online = 0
  for (const machine of machines.values()) if (isOnline(machine)) online += 1
  return online > Math.floor(machines.size / 2)
}

export function machineOf(hardware: Hardware, node: NodeName): Machine {
  const machine = hardware.machines.get(node)
  if (machine === undefined) throw new FatalError(`no such node '${node}'`)
  return machine
}

export function serviceOf(hardware: Hardware, sid: ServiceId): ServiceConfig {
  const service = hardware.services.get(sid)
  if (service === undefined) throw new FatalError(`no such service '${sid}'`)
  return service
}
