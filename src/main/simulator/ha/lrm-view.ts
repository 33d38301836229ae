/** The manager status as the LRM of one node last saw it. */
import {
  emptyManagerStatus,
  type ManagerStatus,
  type NodeName,
  type ServiceId,
  type ServiceState,
  type ServiceStatus,
} from './cluster-data.ts'
import type { HaRelease } from './environment.ts'

const inactiveStates: ReadonlySet<ServiceState> = new Set(['stopped', 'freeze', 'error', 'request_start'])

/** Services on the node that need its LRM to be active; in release 9 also those heading for it. */
export function countActive(
  services: Readonly<Record<ServiceId, ServiceStatus>>,
  node: NodeName,
  release: HaRelease,
): number {
  let count = 0
  for (const service of Object.values(services)) {
    const isHere = service.node === node || (release === 9 && service.target === node)
    if (isHere && !inactiveStates.has(service.state)) count += 1
  }
  return count
}

export class ManagerView {
  readonly #node: NodeName
  readonly #release: HaRelease
  #status: ManagerStatus = emptyManagerStatus
  // Found once for as long as the master writes the same services.
  #ownServices: readonly ServiceId[] | undefined
  #activeCount: number | undefined
  #uids: ReadonlySet<string> | undefined

  constructor(node: NodeName, release: HaRelease) {
    this.#node = node
    this.#release = release
  }

  /** Takes over what was read, which nobody changes afterwards. */
  update(status: ManagerStatus): void {
    if (status.serviceStatus !== this.services) {
      this.#ownServices = undefined
      this.#activeCount = undefined
      this.#uids = undefined
    }
    this.#status = status
  }

  get services(): Readonly<Record<ServiceId, ServiceStatus>> {
    return this.#status.serviceStatus
  }

  /** Services whose node this is, in string order. */
  ownServices(): readonly ServiceId[] {
    this.#ownServices ??= Object.keys(this.services)
      .filter((sid) => this.services[sid]?.node === this.#node)
      .sort()
    return this.#ownServices
  }

  activeCount(): number {
    this.#activeCount ??= countActive(this.services, this.#node, this.#release)
    return this.#activeCount
  }

  /** Of all services, whose results somebody may still ask for. */
  currentUids(): ReadonlySet<string> {
    this.#uids ??= new Set(Object.values(this.services).map(({ uid }) => uid))
    return this.#uids
  }

  /** The cluster has given this node up. */
  isFenceRequested(): boolean {
    const { nodeStatus } = this.#status
    return (
      nodeStatus[this.#node] === 'fence' ||
      this.ownServices().some((sid) => this.services[sid]?.state === 'fence')
    )
  }

  isMaintenanceRequested(): boolean {
    return this.#status.nodeRequest[this.#node]?.maintenance === true
  }

  isDisarmRequested(): boolean {
    return this.#status.disarm !== undefined
  }
}
