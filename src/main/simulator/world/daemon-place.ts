import type { ResourceAgents, UsageSource, WatchdogId } from '../ha/environment.ts'
import type { ClusterFileSystem } from './cluster-file-system.ts'
import type { ClusterMembership } from './cluster-membership.ts'
import type { DaemonPlace } from './ha-environment.ts'
import type { NodeWatchdog } from './watchdog.ts'

/** Of the HA manager, one of each on a node. */
export type DaemonKind = 'crm' | 'lrm'

/** What a daemon's surroundings remember of it. */
export interface Asking {
  /** Names the running daemon, anew after each start. */
  process: string
  /** The lock it asked for is being freed. */
  lockRequested: boolean
  /** Those it has open. */
  readonly watchdogClients: Set<WatchdogId>
}

interface Surroundings {
  readonly membership: ClusterMembership
  readonly shared: ClusterFileSystem
  readonly pveVersion: string
  readonly usage: UsageSource
  nowSeconds(): number
  log(node: string, source: string, level: string, message: string): void
  watchdogOf(node: string): NodeWatchdog
}

/** What one daemon of a node stands on. */
export function daemonPlace(
  { membership, shared, pveVersion, usage, nowSeconds, log, watchdogOf }: Surroundings,
  kind: DaemonKind,
  node: string,
  asking: Asking,
): DaemonPlace {
  return {
    node,
    members: () => membership.members(node),
    shared,
    pveVersion,
    usage,
    process: asking.process,
    nowSeconds,
    log: (level, message) => log(node, `pve-ha-${kind}`, level, message),
    watchdog: {
      open() {
        const id = watchdogOf(node).open()
        asking.watchdogClients.add(id)
        return id
      },
      feed: (id) => watchdogOf(node).feed(id),
      close(id) {
        asking.watchdogClients.delete(id)
        watchdogOf(node).close(id)
      },
    },
    lockRequested: () => {
      asking.lockRequested = true
    },
  }
}

/** What a killed daemon had begun goes on, but nobody hears how it ended. */
export function heardWhile(isRunning: () => boolean, agents: ResourceAgents): ResourceAgents {
  const heard = <Outcome>(done: (outcome: Outcome) => void) => {
    return (outcome: Outcome) => {
      if (isRunning()) done(outcome)
    }
  }
  return {
    supports: (type) => agents.supports(type),
    isRunning: (sid) => agents.isRunning(sid),
    start: (sid, done) => agents.start(sid, heard(done)),
    shutdown: (sid, timeoutSeconds, done) => agents.shutdown(sid, timeoutSeconds, heard(done)),
    migrate: (sid, target, online, done) => agents.migrate(sid, target, online, heard(done)),
  }
}
