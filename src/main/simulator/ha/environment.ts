/**
 * The ports between the HA daemons and whatever surrounds them: the scenario harness, where an iteration
 * is a step of a main loop and every action ends at once, or the embedded lab, where daemons wake by the
 * clock, quorum comes from corosync and a guest takes its time to start.
 *
 * How to drive the daemons (one pair per powered node):
 *
 * - `const crm = createCrm(crmEnvironment)` from `./crm.ts`, `const lrm = createLrm(lrmEnvironment)` from
 *   `./lrm.ts`. Creation logs `status change startup => …` and does nothing else.
 * - Call `iterate()`; it runs to its end synchronously. It answers `{ next: 'iterate', inSeconds }` (call
 *   it again that long after this call began; 10 while master/active, else 5) or `{ next: 'exit' }` (the
 *   daemon has ended; drop the object).
 * - A node that is going down: make `shutdownKind()` answer, call `lrm.requestShutdown()`, keep iterating;
 *   after the LRM's exit call `crm.requestShutdown()`; after the CRM's exit the machine may go off. The
 *   harness and systemd both stop the LRM first, then the CRM.
 *   A restart of the daemon alone: `lrm.requestShutdown()` while `shutdownKind()` answers undefined, then
 *   create a new LRM after the exit.
 * - A node that loses power: drop both objects, close its watchdogs, and never complete an action that
 *   was under way. Locks stay until their lifetime is over. Guests on it have stopped.
 * - A ClusterDataError (or any Error) that leaves `iterate()` is what makes the real daemon die. The
 *   harness ends the scenario; the lab starts the daemon anew.
 *
 * Reads may throw (ClusterDataError) when the cluster file system is not there; the daemons know which
 * failures they survive. Writes throw likewise. All values are immutable, see cluster-data.ts.
 */
import type {
  Capacity,
  CrmState,
  DatacenterOptions,
  Group,
  Load,
  LrmMode,
  LrmState,
  LrmStatus,
  ManagerStatus,
  NodeName,
  Rule,
  ServiceConfig,
  ServiceId,
} from './cluster-data.ts'

/** Level as the code gives it; the harness prints its first four letters for daemon lines. */
export type LogLevel = 'info' | 'notice' | 'warning' | 'warn' | 'err' | 'email'

export const managerLockName = 'ha_manager_lock'

export function agentLockName(node: NodeName): string {
  return `ha_agent_${node}_lock`
}

/** Cluster data could not be read or written. The message is printed in the log as it is. */
export class ClusterDataError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ClusterDataError'
  }
}

/** Names one open watchdog client. */
export type WatchdogId = string

/**
 * Release of Proxmox VE whose HA manager decides. 8 (pve-ha-manager 4) places by groups; 9 (pve-ha-manager 5) by
 * rules, into which it turns groups that are left, and can be disarmed.
 */
export type HaRelease = 8 | 9

/** What both daemons of a node need. */
export interface DaemonEnvironment {
  readonly release: HaRelease
  /** The node this daemon runs on. */
  readonly node: NodeName
  /** Whole seconds. Stands still while an iteration runs. */
  now(): number
  log(level: LogLevel, message: string): void
  /** This node is online and its partition holds the majority. */
  isQuorate(): boolean
  /** Called once at the start of each iteration; false when the cluster file system cannot be refreshed. */
  refresh(): boolean
  /** `emptyManagerStatus` before the first master. */
  readManagerStatus(): ManagerStatus
  readServiceConfig(): Readonly<Record<ServiceId, ServiceConfig>>
  /** Never throws. */
  readDatacenter(): DatacenterOptions
  /**
   * Takes or renews a cluster lock (locks.ts has the table with the lifetime of 120 s). False when it is
   * held by another node or there is no quorum. The environment logs a lock newly got, in its own words.
   * Ownership is per node, not per daemon.
   */
  acquireLock(name: string): boolean
  /** False when it is not ours or there is no quorum. */
  releaseLock(name: string): boolean
  /** Opens a client of the node's watchdog (60 s, see watchdogs.ts), fed from now on. */
  openWatchdog(): WatchdogId
  feedWatchdog(id: WatchdogId): void
  /** Orderly close: it no longer needs feeding. */
  closeWatchdog(id: WatchdogId): void
}

export interface CrmEnvironment extends DaemonEnvironment {
  /** All configured nodes and whether each is online in the eyes of this node. Never throws. */
  readMembership(): Readonly<Record<NodeName, boolean>>
  writeManagerStatus(status: ManagerStatus): void
  /** Undefined when that LRM never published. */
  readLrmStatus(node: NodeName): LrmStatus | undefined
  /** Whether commands wait, without taking them. */
  hasCrmCommands(): boolean
  /** Takes all waiting command lines. */
  takeCrmCommands(): readonly string[]
  readRules(): readonly Rule[]
  writeRules(rules: readonly Rule[]): void
  readGroups(): readonly Group[]
  deleteGroups(): void
  /** Moves the guest's configuration from a fenced node (recovery). Throws when the data is not writable. */
  stealService(sid: ServiceId, from: NodeName, to: NodeName): void
  /** Changes single options of one resource; `group: undefined` removes the group. */
  updateService(sid: ServiceId, changes: ServiceOptionChanges): void
  /**
   * Removes a guest lock left over from before the node was fenced, if it is one of those that do not
   * survive the node (locks.ts, `removableGuestLocks`). Returns the removed lock's name.
   */
  removeLeftoverGuestLock(sid: ServiceId, node: NodeName): string | undefined
  /** `FENCE` when fencing begins, `SUCCEED` when it is acknowledged. */
  notifyFencing(stage: 'FENCE' | 'SUCCEED', subject: string): void
  /** Version of `pve-manager` on a node, for example `9.0.0~16`. */
  nodeVersion(node: NodeName): string | undefined
  /** A uid never used before in this cluster. */
  createUid(): string
  readonly usage: UsageSource
}

export interface ServiceOptionChanges {
  readonly state?: string
  readonly failback?: boolean
  readonly group?: undefined
}

/**
 * Where the static and dynamic schedulers take their figures from, each read at most once per round;
 * nothing is read in mode `basic`. A missing entry means that nothing is known.
 */
export interface UsageSource {
  /** Configured sizes. */
  readStaticFigures(): UsageFigures<Capacity>
  /** Measured use beside the configured sizes; a node's use is that of the whole node. */
  readDynamicFigures(): UsageFigures<Load>
}

export interface UsageFigures<Figures> {
  readonly nodes: ReadonlyMap<NodeName, Figures>
  readonly services: ReadonlyMap<ServiceId, Figures>
}

/** `finished`: done; `failed`: an expected failure; `crashed`: the agent itself broke, with its words. */
export type AgentOutcome = 'finished' | 'failed' | { readonly crashed: string }

/**
 * Acts on the guests of one node. Each action calls `done` exactly once: before it returns (harness) or
 * at a later moment of simulated time (lab). It logs the lines of its own work through the same log as the
 * LRM; the lines `starting service …`, `service status … started` and the like are the LRM's.
 * Whether a start or a shutdown worked is read from `isRunning` after `done`.
 */
export interface ResourceAgents {
  /** `vm`, `ct`: the part of the id before the colon. */
  supports(type: string): boolean
  /** The guest runs on this node now. */
  isRunning(sid: ServiceId): boolean
  start(sid: ServiceId, done: (outcome: AgentOutcome) => void): void
  /** `timeoutSeconds` 0 stops hard; undefined leaves it to the guest's own setting. */
  shutdown(sid: ServiceId, timeoutSeconds: number | undefined, done: (outcome: AgentOutcome) => void): void
  /** Moves the guest, with its configuration, to `target`; `online` asks for a live migration. */
  migrate(sid: ServiceId, target: NodeName, online: boolean, done: (outcome: AgentOutcome) => void): void
}

export interface LrmEnvironment extends DaemonEnvironment {
  writeLrmStatus(status: LrmStatus): void
  /** Whether the machine under the LRM is going down, and how. Undefined: only the daemon is restarted. */
  shutdownKind(): 'reboot' | 'shutdown' | undefined
  readonly agents: ResourceAgents
  /** Actions under way at once; `max_workers`, 4 on a real node. */
  readonly maxWorkers: number
}

/** Whether any LRM has published yet. The harness shares one among all nodes, a real node has its own. */
export interface StartUpGate {
  open: boolean
}

export type DaemonStep = { readonly next: 'iterate'; readonly inSeconds: number } | { readonly next: 'exit' }

interface Daemon {
  iterate(): DaemonStep
  requestShutdown(): void
}

export interface Crm extends Daemon {
  readonly state: CrmState
}

export interface Lrm extends Daemon {
  readonly state: LrmState
  readonly mode: LrmMode
}
