/** Which nodes a service occupies in a given state. Load, scores and affinity all build on this rule. */
import type { NodeName, ServiceState } from './cluster-data.ts'

/** Only nodes that are online appear. */
export interface Placement {
  readonly current?: NodeName
  readonly target?: NodeName
}

const occupiesCurrent: ReadonlySet<ServiceState> = new Set([
  'started',
  'request_stop',
  'fence',
  'freeze',
  'error',
  'recovery',
  'migrate',
  'relocate',
])

const occupiesTarget: ReadonlySet<ServiceState> = new Set(['migrate', 'relocate', 'request_start_balance'])

export function placementOf(
  service: { readonly state: ServiceState; readonly node: NodeName; readonly target?: NodeName },
  isOnline: (node: NodeName) => boolean,
): Placement {
  const { state, node, target } = service
  const current = occupiesCurrent.has(state) && isOnline(node)
  const hasTarget = occupiesTarget.has(state) && target !== undefined && isOnline(target)
  return { ...(current ? { current: node } : {}), ...(hasTarget ? { target } : {}) }
}

/** The occupied nodes, each once. */
export function nodesOf(placement: Placement): readonly NodeName[] {
  const { current, target } = placement
  if (current === undefined) return target === undefined ? [] : [target]
  return target === undefined || target === current ? [current] : [current, target]
}
