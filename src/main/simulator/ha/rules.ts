/** Turns configured rules into what node selection asks for: nodes per resource, neighbours per resource. */
import type { Group, NodeName, ResourceAffinityRule, Rule, ServiceConfig, ServiceId } from './cluster-data.ts'
import { checkRules, connectPositiveRules, type RuleComplaint } from './rule-checks.ts'

export interface CompiledRules {
  /** Effective nodes with their priority; no entry for a resource without a node affinity rule. */
  readonly nodeAffinity: ReadonlyMap<ServiceId, ReadonlyMap<NodeName, number>>
  /** Neighbours to stand with. */
  readonly positive: ReadonlyMap<ServiceId, ReadonlySet<ServiceId>>
  /** Neighbours to stand apart from. */
  readonly negative: ReadonlyMap<ServiceId, ReadonlySet<ServiceId>>
}

export const noRules: CompiledRules = { nodeAffinity: new Map(), positive: new Map(), negative: new Map() }

/** The priority of nodes that a non-strict rule does not list: below every listed one. */
const unlistedPriority = -1

/** Compiles the valid ones of `rules`; the others come back as complaints. */
export function compileRules(
  rules: readonly Rule[],
  nodes: readonly NodeName[],
): { compiled: CompiledRules; dropped: readonly RuleComplaint[] } {
  const enabled = rules.filter((rule) => rule.disabled !== true)
  const dropped = checkRules(enabled, nodes.length)
  const invalid = new Set(dropped.map(({ id }) => id))
  const valid = enabled.filter((rule) => !invalid.has(rule.id))

  const resourceRules = valid.filter((rule) => rule.type === 'resource-affinity')
  const together = mergeConnected(resourceRules)
  const positive = neighboursOf(together)
  const apart = resourceRules.filter((rule) => rule.affinity === 'negative').map((rule) => rule.resources)
  const negative = extendSeparation(neighboursOf(apart), together)
  return {
    compiled: { nodeAffinity: compileNodeAffinity(valid, together, nodes), positive, negative },
    dropped,
  }
}

/** Legacy groups in the shape of the rules that replace them, for the resources that use them. */
export function rulesOfGroups(
  groups: readonly Group[],
  services: ReadonlyMap<ServiceId, ServiceConfig>,
): readonly Rule[] {
  return groups.flatMap((group) => {
    const resources = [...services.keys()].filter((sid) => services.get(sid)?.group === group.id).sort()
    if (resources.length === 0) return []
    const { nodes, restricted } = group
    return [{ id: `ha-group-${group.id}`, type: 'node-affinity', resources, nodes, strict: restricted }]
  })
}

type Bundle = readonly ServiceId[]

/** Connected positive rules count as one with all their resources. */
function mergeConnected(rules: readonly ResourceAffinityRule[]): readonly Bundle[] {
  return connectPositiveRules(rules).map((set) => [...new Set(set.flatMap((rule) => rule.resources))].sort())
}

type Neighbours = Map<ServiceId, Set<ServiceId>>

function join(neighbours: Neighbours, sid: ServiceId, other: ServiceId): void {
  if (sid === other) return
  const known = neighbours.get(sid) ?? new Set()
  neighbours.set(sid, known.add(other))
}

function neighboursOf(bundles: readonly Bundle[]): Neighbours {
  const neighbours: Neighbours = new Map()
  for (const bundle of bundles) {
    for (const sid of bundle) for (const other of bundle) join(neighbours, sid, other)
  }
  return neighbours
}

/**
 * Who stands with a resource that must be apart from x must be apart from x too. Only configured
 * separations count: pairs implied here imply no further ones.
 */
function extendSeparation(configured: Neighbours, together: readonly Bundle[]): Neighbours {
  const extended: Neighbours = new Map([...configured].map(([sid, others]) => [sid, new Set(others)]))
  for (const bundle of together) {
    for (const foreign of bundle.flatMap((sid) => [...(configured.get(sid) ?? [])])) {
      for (const member of bundle) {
        join(extended, member, foreign)
        join(extended, foreign, member)
      }
    }
  }
  return extended
}

function compileNodeAffinity(
  rules: readonly Rule[],
  together: readonly Bundle[],
  nodes: readonly NodeName[],
): ReadonlyMap<ServiceId, ReadonlyMap<NodeName, number>> {
  const compiled = new Map<ServiceId, ReadonlyMap<NodeName, number>>()
  const nodeRules = rules
    .filter((rule) => rule.type === 'node-affinity')
    .map((rule) => ({ rule, resources: new Set(rule.resources) }))
  for (const bundle of together) {
    const home = nodeRules.find(({ resources }) => bundle.some((sid) => resources.has(sid)))
    for (const sid of bundle) home?.resources.add(sid)
  }
  for (const { rule, resources } of nodeRules) {
    const listed = rule.nodes.map(({ node, priority }) => [node, priority] as const)
    const others = rule.strict ? [] : nodes.map((node) => [node, unlistedPriority] as const)
    const effective = new Map([...others, ...listed])
    for (const sid of resources) compiled.set(sid, effective)
  }
  return compiled
}
