/** How a node's LRM reads the services of the manager status. */
import type { NodeName, ServiceId, ServiceState, ServiceStatus } from './cluster-data.ts'

const inactiveStates: ReadonlySet<ServiceState> = new Set(['stopped', 'freeze', 'error', 'request_start'])

/** Services on or heading for the node that need its LRM to be active. */
export function countActive(services: Readonly<Record<ServiceId, ServiceStatus>>, node: NodeName): number {
  let count = 0
  for (const service of Object.values(services)) {
    const isHere = service.node === node || service.target === node
    if (isHere && !inactiveStates.has(service.state)) count += 1
  }
  return count
}
