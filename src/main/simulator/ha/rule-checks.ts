/** Finds rules that contradict each other or the cluster. All checks see the same, original set. */
import type { NodeAffinityRule, ResourceAffinityRule, Rule, ServiceId } from './cluster-data.ts'

export interface RuleComplaint {
  readonly id: string
  readonly reason: string
}

interface SortedRules {
  readonly nodeRules: readonly NodeAffinityRule[]
  readonly resourceRules: readonly ResourceAffinityRule[]
  readonly negativeRules: readonly ResourceAffinityRule[]
  readonly positiveSets: readonly (readonly ResourceAffinityRule[])[]
  readonly nodeCount: number
}

type Complain = (rule: Rule, reason: string) => void
type Check = (rules: SortedRules, complain: Complain) => void

/** In the order of the rule ids, for one rule in the order of the checks; each reason once. */
export function checkRules(rules: readonly Rule[], nodeCount: number): readonly RuleComplaint[] {
  const resourceRules = rules.filter((rule) => rule.type === 'resource-affinity')
  const sorted: SortedRules = {
    nodeRules: rules.filter((rule) => rule.type === 'node-affinity'),
    resourceRules,
    negativeRules: resourceRules.filter((rule) => rule.affinity === 'negative'),
    positiveSets: connectPositiveRules(resourceRules),
    nodeCount,
  }
  const reasons = new Map<string, Set<string>>()
  for (const check of checks) {
    check(sorted, (rule, reason) => {
      const known = reasons.get(rule.id) ?? new Set()
      reasons.set(rule.id, known.add(reason))
    })
  }
  return [...reasons.keys()]
    .sort()
    .flatMap((id) => [...(reasons.get(id) ?? [])].map((reason) => ({ id, reason })))
}

/**
 * Groups positive rules that share resources. One pass: a rule joins the first group it touches, and two
 * groups that a later rule would connect stay apart.
 */
export function connectPositiveRules(
  rules: readonly ResourceAffinityRule[],
): readonly (readonly ResourceAffinityRule[])[] {
  const smallest = (rule: ResourceAffinityRule) => [...rule.resources].sort()[0] ?? ''
  const ordered = rules
    .filter((rule) => rule.affinity === 'positive')
    .map((rule) => ({ rule, first: smallest(rule) }))
    .sort((a, b) => compareText(a.first, b.first) || compareText(a.rule.id, b.rule.id))
  const sets: { members: Set<ServiceId>; rules: ResourceAffinityRule[] }[] = []
  for (const { rule } of ordered) {
    const home = sets.find((set) => rule.resources.some((sid) => set.members.has(sid)))
    if (home === undefined) {
      sets.push({ members: new Set(rule.resources), rules: [rule] })
      continue
    }
    home.rules.push(rule)
    for (const sid of rule.resources) home.members.add(sid)
  }
  return sets.map((set) => set.rules)
}

/** Plain string order, as everywhere in the HA manager. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function shareResource(a: Rule, b: Rule): boolean {
  return a.resources.some((sid) => b.resources.includes(sid))
}

function resourcesOf(rules: readonly Rule[]): ReadonlySet<ServiceId> {
  return new Set(rules.flatMap((rule) => rule.resources))
}

const oneNodeRulePerResource: Check = ({ nodeRules }, complain) => {
  for (const sid of [...resourcesOf(nodeRules)].sort()) {
    const users = nodeRules.filter((rule) => rule.resources.includes(sid))
    if (users.length < 2) continue
    for (const rule of users)
      complain(rule, `resource '${sid}' is already used in another node affinity rule`)
  }
}

const atLeastTwoResources: Check = ({ resourceRules }, complain) => {
  for (const rule of resourceRules) {
    if (new Set(rule.resources).size < 2)
      complain(rule, 'rule is ineffective as there are less than two resources')
  }
}

const enoughNodesToSeparate: Check = ({ negativeRules, nodeCount }, complain) => {
  for (const rule of negativeRules) {
    if (new Set(rule.resources).size > nodeCount)
      complain(rule, 'rule defines more resources than available nodes')
  }
}

const notTogetherAndApart: Check = ({ positiveSets, negativeRules }, complain) => {
  for (const set of positiveSets) {
    const members = resourcesOf(set)
    for (const negative of negativeRules) {
      const shared = [...new Set(negative.resources)].filter((sid) => members.has(sid))
      if (shared.length < 2) continue
      const text = (sign: string) => `rule shares two or more resources with a ${sign} resource affinity rule`
      for (const rule of set) complain(rule, text('negative'))
      complain(negative, text('positive'))
    }
  }
}

const noPrioritiesWithResourceRules: Check = ({ resourceRules, nodeRules }, complain) => {
  for (const rule of resourceRules) {
    const overlapping = nodeRules.filter((nodeRule) => shareResource(rule, nodeRule))
    const hasLevels = overlapping.some(
      (nodeRule) => new Set(nodeRule.nodes.map(({ priority }) => priority)).size > 1,
    )
    if (!hasLevels) continue
    complain(rule, 'resources are in node affinity rules with multiple priorities')
    for (const nodeRule of overlapping)
      complain(
        nodeRule,
        'resources are in a resource affinity rule and cannot be in a node affinity rule with multiple priorities',
      )
  }
}

const oneNodeRulePerPositiveSet: Check = ({ positiveSets, nodeRules }, complain) => {
  for (const set of positiveSets) {
    const members = resourcesOf(set)
    const overlapping = nodeRules.filter((rule) => rule.resources.some((sid) => members.has(sid)))
    if (overlapping.length < 2) continue
    for (const rule of set) complain(rule, 'resources are in multiple node affinity rules')
    for (const rule of overlapping)
      complain(
        rule,
        'at least one resource is in a positive resource affinity rule and there are other resources in at least one other node affinity rule already',
      )
  }
}

const enoughNodesWhereAllowed: Check = ({ negativeRules, nodeRules }, complain) => {
  for (const negative of negativeRules) {
    const overlapping = nodeRules.filter((rule) => shareResource(negative, rule))
    const placed = resourcesOf(overlapping)
    const restricted = [...new Set(negative.resources)].filter((sid) => placed.has(sid))
    const nodes = new Set(overlapping.flatMap((rule) => rule.nodes.map(({ node }) => node)))
    if (restricted.length <= nodes.size) continue
    complain(negative, 'two or more resources are restricted to less nodes than available to the resources')
    for (const rule of overlapping)
      complain(
        rule,
        'at least one resource is in a negative resource affinity rule and this rule would restrict these to less nodes than available to the resources',
      )
  }
}

const checks: readonly Check[] = [
  oneNodeRulePerResource,
  atLeastTwoResources,
  enoughNodesToSeparate,
  notTogetherAndApart,
  noPrioritiesWithResourceRules,
  oneNodeRulePerPositiveSet,
  enoughNodesWhereAllowed,
]
