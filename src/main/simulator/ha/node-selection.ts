/** Chooses the node for a service: what rules allow, what keeps it where it is, what the load says. */
import type { NodeName, ServiceId, ServiceStatus } from './cluster-data.ts'
import { nodesOf } from './placements.ts'
import { compareText } from './rule-checks.ts'
import type { CompiledRules } from './rules.ts'
import type { UsageModel } from './usage.ts'

/**
 * `none`: stay if nothing speaks against it; `best-score`: ignore where it stands;
 * `try-next`: leave out the nodes it failed on.
 */
export type NodePreference = 'none' | 'best-score' | 'try-next'

export interface SelectionRequest {
  readonly sid: ServiceId
  readonly service: Pick<ServiceStatus, 'node' | 'failedNodes' | 'maintenanceNode'>
  /** Return to a better node as soon as there is one. */
  readonly failback: boolean
  readonly preference: NodePreference
}

/** Undefined when no online node may run the service. */
export function selectNode(
  request: SelectionRequest,
  rules: CompiledRules,
  usage: UsageModel,
): NodeName | undefined {
  const { sid, service, failback, preference } = request
  const { allowed, preferred } = affineNodes(sid, rules, usage)
  if (preferred.length === 0) return undefined
  const current = service.node
  const together = countNeighbours(sid, rules, usage)
  const separate = separateNodes(sid, rules, usage)

  if (preference === 'none' && !failback && allowed.includes(current)) {
    if (together.has(current) || !separate.has(current)) return current
  }
  const failed = preference === 'try-next' ? (service.failedNodes ?? []) : []
  const open = preferred.filter((node) => !failed.includes(node) && !separate.has(node))
  const candidates = joinNeighbours(open, together)

  const { maintenanceNode } = service
  if (maintenanceNode !== undefined && candidates.includes(maintenanceNode)) return maintenanceNode
  if (preference === 'none' && candidates.includes(current)) return current

  const scores = usage.startScores(sid)
  const scoreOf = (node: NodeName) => scores.get(node) ?? 0
  const ranked = [...candidates].sort((a, b) => scoreOf(a) - scoreOf(b) || compareText(a, b))
  const next = preference === 'try-next' ? ranked[ranked.indexOf(current) + 1] : undefined
  return next ?? ranked[0]
}

/** Online nodes that node affinity allows, and those of them with the highest priority; in string order. */
export function affineNodes(
  sid: ServiceId,
  rules: CompiledRules,
  usage: UsageModel,
): { allowed: readonly NodeName[]; preferred: readonly NodeName[] } {
  const affinity = rules.nodeAffinity.get(sid)
  if (affinity === undefined) return { allowed: usage.nodes, preferred: usage.nodes }
  const allowed = usage.nodes.filter((node) => affinity.has(node))
  const highest = Math.max(...allowed.map((node) => affinity.get(node) ?? 0))
  return { allowed, preferred: allowed.filter((node) => affinity.get(node) === highest) }
}

/** Nodes where something stands, or is heading, that must be apart from the service. */
export function separateNodes(
  sid: ServiceId,
  rules: CompiledRules,
  usage: UsageModel,
): ReadonlySet<NodeName> {
  const neighbours = [...(rules.negative.get(sid) ?? [])]
  return new Set(neighbours.flatMap((other) => nodesOf(usage.placementOf(other))))
}

/** How many of the services that belong with this one stand on, or are heading for, each node. */
function countNeighbours(
  sid: ServiceId,
  rules: CompiledRules,
  usage: UsageModel,
): ReadonlyMap<NodeName, number> {
  const counts = new Map<NodeName, number>()
  for (const other of rules.positive.get(sid) ?? []) {
    const { current, target } = usage.placementOf(other)
    const node = target ?? current
    if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return counts
}

/** Of the nodes with neighbours the one with most of them; all nodes when no neighbour stands on any. */
function joinNeighbours(
  nodes: readonly NodeName[],
  together: ReadonlyMap<NodeName, number>,
): readonly NodeName[] {
  const most = Math.max(0, ...nodes.map((node) => together.get(node) ?? 0))
  if (most === 0) return nodes
  return nodes.filter((node) => together.get(node) === most).slice(0, 1)
}
