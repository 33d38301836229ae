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

export class ServiceTable {
  readonly #env: CrmEnvironment
  readonly #services: Map<ServiceId, ServiceStatus>
  readonly #onMove: (sid: ServiceId, service: PlacedService) => void
  /** Sorted once for as long as no service comes or goes: a round asks many times. */
  #ids: readonly ServiceId[] | undefined
  /** The table as it is written, until something in it changes. */
  #record: Readonly<Record<ServiceId, ServiceStatus>> | undefined

  /** `onMove` follows every change of state, so that the usage model sees it. */
  constructor(
    env: CrmEnvironment,
    initial: Readonly<Record<ServiceId, ServiceStatus>>,
    onMove: (sid: ServiceId, service: PlacedService) => void,
  ) {
    this.#env = env
    this.#services = new Map(Object.entries(initial))
    this.#onMove = onMove
  }

  /** Tracked ids in string order. */
  ids(): readonly ServiceId[] {
    this.#ids ??= [...this.#services.keys()].sort()
    return this.#ids
  }

  get(sid: ServiceId): ServiceStatus | undefined {
    return this.#services.get(sid)
  }

  /** Starts tracking without a state change in the log. */
  add(sid: ServiceId, state: ServiceState, node: NodeName): void {
    this.set(sid, { state, node, uid: this.#env.createUid() })
  }

  remove(sid: ServiceId): void {
    this.#services.delete(sid)
    this.#ids = undefined
    this.#record = undefined
  }

  /** Changes the state: a fresh uid, a log line, and only failed and maintenance nodes survive. */
  change(sid: ServiceId, state: ServiceState, parameters: ChangeParameters = {}): void {
    const before = this.#services.get(sid)
    if (before === undefined) return
    const { node, failedNodes, maintenanceNode } = before
    const after: ServiceStatus = {
      state,
      node,
      uid: this.#env.createUid(),
      ...(failedNodes === undefined ? {} : { failedNodes }),
      ...(maintenanceNode === undefined ? {} : { maintenanceNode }),
      ...parameters,
    }
    this.set(sid, after)
    this.#onMove(sid, after)
    const change = `state changed from '${before.state}' to '${state}'`
    this.#env.log('info', `service '${sid}': ${change}${describeParameters(parameters)}`)
  }

  /** Replaces the record without calling it a change of state. */
  set(sid: ServiceId, status: ServiceStatus): void {
    if (!this.#services.has(sid)) this.#ids = undefined
    this.#record = undefined
    this.#services.set(sid, status)
  }

  renewUid(sid: ServiceId): void {
    const status = this.#services.get(sid)
    if (status !== undefined) this.set(sid, { ...status, uid: this.#env.createUid() })
  }

  toRecord(): Readonly<Record<ServiceId, ServiceStatus>> {
    this.#record ??= Object.fromEntries(this.#services)
    return this.#record
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
  if (keys.every((key) => status[key] === undefined)) return status
  const copy = { ...status }
  for (const key of keys) delete copy[key]
  return copy
}
