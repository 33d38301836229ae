/** The tracked services of a manager, and the one way to change their states. */
import type { NodeName, ServiceId, ServiceState, ServiceStatus } from './cluster-data.ts'
import type { CrmEnvironment } from './environment.ts'
import type { PlacedService } from './usage.ts'

/** What a change of state may carry; everything else of the old state is dropped. */
export interface ChangeParameters {
  readonly node?: NodeName
  readonly target?: NodeName
  readonly timeoutSeconds?: number
}

export interface ServiceTable {
  /** Tracked ids in string order. */
  ids(): readonly ServiceId[]
  get(sid: ServiceId): ServiceStatus | undefined
  /** Starts tracking without a state change in the log. */
  add(sid: ServiceId, state: ServiceState, node: NodeName): void
  remove(sid: ServiceId): void
  /** Changes the state: a fresh uid, a log line, and only failed and maintenance nodes survive. */
  change(sid: ServiceId, state: ServiceState, parameters?: ChangeParameters): void
  /** Replaces the record without calling it a change of state. */
  set(sid: ServiceId, status: ServiceStatus): void
  renewUid(sid: ServiceId): void
  toRecord(): Readonly<Record<ServiceId, ServiceStatus>>
}

export function createServiceTable(
  env: CrmEnvironment,
  initial: Readonly<Record<ServiceId, ServiceStatus>>,
  onMove: (sid: ServiceId, service: PlacedService) => void,
): ServiceTable {
  const services = new Map(Object.entries(initial))

  return {
    ids: () => [...services.keys()].sort(),
    get: (sid) => services.get(sid),
    add(sid, state, node) {
      services.set(sid, { state, node, uid: env.createUid() })
    },
    remove(sid) {
      services.delete(sid)
    },
    change(sid, state, parameters = {}) {
      const before = services.get(sid)
      if (before === undefined) return
      const { node, failedNodes, maintenanceNode } = before
      const after: ServiceStatus = {
        state,
        node,
        uid: env.createUid(),
        ...(failedNodes === undefined ? {} : { failedNodes }),
        ...(maintenanceNode === undefined ? {} : { maintenanceNode }),
        ...parameters,
      }
      services.set(sid, after)
      onMove(sid, after)
      const details = describeParameters(parameters)
      env.log('info', `service '${sid}': state changed from '${before.state}' to '${state}'${details}`)
    },
    set(sid, status) {
      services.set(sid, status)
    },
    renewUid(sid) {
      const status = services.get(sid)
      if (status !== undefined) services.set(sid, { ...status, uid: env.createUid() })
    },
    toRecord: () => Object.fromEntries(services),
  }
}

function describeParameters({ node, target, timeoutSeconds }: ChangeParameters): string {
  const entries = [
    ['node', node],
    ['target', target],
    ['timeout', timeoutSeconds],
  ].filter(([, value]) => value !== undefined)
  if (entries.length === 0) return ''
  return `  (${entries.map(([key, value]) => `${key} = ${value}`).join(', ')})`
}

/** The record without the given keys. */
export function without<Key extends keyof ServiceStatus>(
  status: ServiceStatus,
  ...keys: readonly Key[]
): Omit<ServiceStatus, Key> & Partial<Pick<ServiceStatus, Key>> {
  const copy = { ...status }
  for (const key of keys) delete copy[key]
  return copy
}
