/**
 * What the HA daemons read and write in the cluster file system, as immutable values: a reader never
 * changes what it was given, a writer hands over a value that it does not touch again. So no side needs
 * to copy, and a snapshot stays a snapshot.
 */

export type NodeName = string
/** `<type>:<name>`: `vm:101`, `ct:102`. */
export type ServiceId = string

/** Node states as the manager sees them. An unlisted node counts as `unknown`. */
export type NodeState = 'online' | 'maintenance' | 'unknown' | 'fence' | 'gone'

export type ServiceState =
  | 'request_start'
  | 'request_start_balance'
  | 'started'
  | 'request_stop'
  | 'stopped'
  | 'migrate'
  | 'relocate'
  | 'freeze'
  | 'error'
  | 'fence'
  | 'recovery'

export type CrmState = 'wait_for_quorum' | 'slave' | 'master' | 'lost_manager_lock'
export type LrmState = 'wait_for_agent_lock' | 'active' | 'maintenance' | 'lost_agent_lock'
export type LrmMode = 'active' | 'restart' | 'shutdown' | 'maintenance' | 'disarm'

/**
 * One managed resource, normalised: on a real cluster a missing requested state means `started`, limits
 * and fail-back default to 1.
 */
export interface ServiceConfig {
  /** Where the guest's configuration lies, hence the only node that can run it. */
  readonly node: NodeName
  /** Requested state: `started`, `stopped`, `disabled` or `ignored`; other words are reported, not refused. */
  readonly state: string
  readonly group?: string
  readonly failback: boolean
  readonly maxRestart: number
  readonly maxRelocate: number
}

export type Motion = 'migrate' | 'relocate'

/** A command accepted for a service that waits for the service's next visit. */
export type PendingCommand =
  | { readonly task: Motion; readonly target: NodeName }
  | { readonly task: 'stop'; readonly timeoutSeconds: number }

/** What the manager knows about one tracked service. Every change of state gets a fresh `uid`. */
export interface ServiceStatus {
  readonly state: ServiceState
  readonly node: NodeName
  readonly uid: string
  readonly target?: NodeName
  readonly pending?: PendingCommand
  /** The last `started` action of the current state succeeded. */
  readonly running?: boolean
  readonly failedNodes?: readonly NodeName[]
  /** The node to return to when its maintenance ends. */
  readonly maintenanceNode?: NodeName
  /** Seconds granted to the guest's shutdown; 0 stops it hard. */
  readonly timeoutSeconds?: number
}

export type DisarmMode = 'freeze' | 'ignore'

export interface Disarm {
  readonly mode: DisarmMode
  readonly state: 'disarming' | 'disarmed'
}

/** Written by the master at the end of each round. Everything empty before the first master. */
export interface ManagerStatus {
  readonly masterNode?: NodeName
  /** Seconds, clock of the master. */
  readonly timestamp?: number
  readonly nodeStatus: Readonly<Record<NodeName, NodeState>>
  readonly serviceStatus: Readonly<Record<ServiceId, ServiceStatus>>
  /** Requests of users that outlive masters and reboots. */
  readonly nodeRequest: Readonly<Record<NodeName, { readonly maintenance?: boolean }>>
  readonly disarm?: Disarm
}

export const emptyManagerStatus: ManagerStatus = { nodeStatus: {}, serviceStatus: {}, nodeRequest: {} }

/** Result of an LRM action; it counts while its uid is the service's current one. */
export interface ActionResult {
  readonly sid: ServiceId
  /** The action, named by the state that asked for it. */
  readonly action: ServiceState | 'request_stop'
  readonly exitCode: number
}

/** Published by a node's LRM at the end of each iteration. `results` is keyed by uid. */
export interface LrmStatus {
  readonly state: LrmState
  readonly mode: LrmMode
  readonly results: ReadonlyMap<string, ActionResult>
  /** Seconds, clock of the LRM. */
  readonly timestamp: number
}

export interface PrioritisedNode {
  readonly node: NodeName
  /** Higher is preferred; 0 when not given. */
  readonly priority: number
}

export interface NodeAffinityRule {
  readonly id: string
  readonly type: 'node-affinity'
  readonly resources: readonly ServiceId[]
  readonly nodes: readonly PrioritisedNode[]
  readonly strict: boolean
  readonly disabled?: boolean
  readonly comment?: string
}

export interface ResourceAffinityRule {
  readonly id: string
  readonly type: 'resource-affinity'
  readonly resources: readonly ServiceId[]
  readonly affinity: 'positive' | 'negative'
  readonly disabled?: boolean
  readonly comment?: string
}

export type Rule = NodeAffinityRule | ResourceAffinityRule

/** Legacy HA group, migrated to node affinity rules once every node is new enough. */
export interface Group {
  readonly id: string
  readonly nodes: readonly PrioritisedNode[]
  readonly restricted: boolean
  readonly nofailback: boolean
  readonly comment?: string
}

/** The options of `datacenter.cfg` that concern HA, in the file's own names without their prefixes. */
export interface DatacenterOptions {
  /** `conditional` (default), `freeze`, `failover` or `migrate`; another word is reported. */
  readonly shutdownPolicy?: string
  readonly crs?: {
    /** `basic` (default), `static` or `dynamic`; another word is reported. */
    readonly ha?: string
    readonly rebalanceOnStart?: boolean
    readonly autoRebalance?: boolean
    /** Imbalance above which balancing begins, default 0.3. */
    readonly autoRebalanceThreshold?: number
    /** `bruteforce` (default) or `topsis`. */
    readonly autoRebalanceMethod?: string
    /** Rounds the imbalance must last, default 3. */
    readonly autoRebalanceHoldDuration?: number
    /** Least relative improvement, default 0.1. */
    readonly autoRebalanceMargin?: number
  }
}

/** Configured figures of a guest or node: processors (may be a fraction) and bytes. */
export interface Capacity {
  readonly maxcpu: number
  readonly maxmem: number
}

/** Measured figures: processors in use and bytes in use, beside the capacity. */
export interface Load extends Capacity {
  readonly cpu: number
  readonly mem: number
}
