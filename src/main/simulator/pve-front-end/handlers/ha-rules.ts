/** Rules of node and resource affinity, which 9.x has instead of groups. */
import type { Rule } from '../../ha/cluster-data.ts'
import { checkRules } from '../../ha/rule-checks.ts'
import { readRules, readServices, writeRules } from '../../world/shared-files.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { nodeList, prioritisedNodes } from './ha-groups.ts'
import { digestOf, haLock, requireDigest } from './ha-options.ts'

export const haRuleHandlers: Handlers = {
  'GET /cluster/ha/rules': (call) => {
    const type = call.parameters.text('type')
    const resource = call.parameters.text('resource')
    return rulesOf(call)
      .filter((rule) => type === undefined || rule.type === type)
      .filter((rule) => resource === undefined || rule.resources.includes(resource))
      .map((rule, order) => ({ ...entryOf(call, rule), order }))
  },
  'POST /cluster/ha/rules': create,
  'GET /cluster/ha/rules/{rule}': (call) => entryOf(call, ruleOf(call)),
  'PUT /cluster/ha/rules/{rule}': update,
  'DELETE /cluster/ha/rules/{rule}': async (call) => {
    const { lab, node } = call
    const { id } = ruleOf(call)
    await lab.requireLock(node, haLock, 'delete ha rule failed: ')
    writeRules(
      lab.world.shared,
      node,
      rulesOf(call).filter((rule) => rule.id !== id),
    )
    return null
  },
}

function rulesOf({ lab, node }: Call): readonly Rule[] {
  return readRules(lab.world.shared, node)
}

function ruleOf(call: Call): Rule {
  const id = call.parameters.required('rule')
  return rulesOf(call).find((rule) => rule.id === id) ?? refuse(`no such ha rule '${id}'`)
}

function entryOf(call: Call, rule: Rule) {
  return {
    rule: rule.id,
    type: rule.type,
    resources: rule.resources.join(','),
    ...(rule.type === 'node-affinity'
      ? { nodes: nodeList(rule.nodes), strict: Number(rule.strict) }
      : { affinity: rule.affinity }),
    ...(rule.disabled === true ? { disable: 1 } : {}),
    ...(rule.comment === undefined ? {} : { comment: rule.comment }),
    digest: digestOf(rulesOf(call)),
  }
}

async function create(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  await lab.requireLock(node, haLock, 'create ha rule failed: ')
  const id = parameters.required('rule')
  const rules = rulesOf(call)
  if (rules.some((rule) => rule.id === id)) refuse(`HA rule '${id}' already defined`)
  const rule = ruleFrom(call, id, undefined)
  requireConsistent(call, [...rules, rule], id)
  writeRules(lab.world.shared, node, [...rules, rule])
  return null
}

async function update(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const old = ruleOf(call)
  await lab.requireLock(node, haLock, 'update ha rule failed: ')
  const rules = rulesOf(call)
  requireDigest(parameters.text('digest'), digestOf(rules), 'update ha rule failed: ')
  const next = ruleFrom(call, old.id, old)
  const all = rules.map((rule) => (rule.id === old.id ? next : rule))
  requireConsistent(call, all, old.id)
  writeRules(lab.world.shared, node, all)
  return null
}

/** The rule a client describes, with the rest from the one it changes. */
function ruleFrom(call: Call, id: string, old: Rule | undefined): Rule {
  const { parameters } = call
  const deleted = new Set(listOf(parameters.text('delete')))
  const resourceText = parameters.text('resources')
  const resources = resourceText === undefined ? (old?.resources ?? []) : listOf(resourceText)
  requireManaged(call, resources)
  const comment = parameters.text('comment') ?? (deleted.has('comment') ? undefined : old?.comment)
  const isDisabled =
    parameters.text('disable') === undefined
      ? old?.disabled === true && !deleted.has('disable')
      : parameters.flag('disable')
  const common = {
    id,
    resources,
    ...(isDisabled ? { disabled: true } : {}),
    ...(comment === undefined ? {} : { comment }),
  }
  if (parameters.required('type') === 'resource-affinity') {
    const known = old?.type === 'resource-affinity' ? old.affinity : 'positive'
    const affinity = parameters.text('affinity') === 'negative' ? 'negative' : 'positive'
    return {
      ...common,
      type: 'resource-affinity',
      affinity: parameters.text('affinity') === undefined ? known : affinity,
    }
  }
  const former = old?.type === 'node-affinity' ? old : undefined
  const nodeText = parameters.text('nodes')
  const nodes = nodeText === undefined ? (former?.nodes ?? []) : prioritisedNodes(nodeText)
  const strange = nodes.map(({ node }) => node).filter((name) => !call.lab.members(call.node).includes(name))
  if (strange.length > 0) refuse(`cannot use non-existent node(s) ${strange.join(', ')}.`)
  const strict =
    parameters.text('strict') === undefined
      ? former?.strict === true && !deleted.has('strict')
      : parameters.flag('strict')
  return { ...common, type: 'node-affinity', nodes, strict }
}

function requireManaged({ lab, node }: Call, resources: readonly string[]): void {
  if (resources.length === 0) refuse('no resources were specified')
  const services = readServices(lab.world.shared, node)
  const unmanaged = resources.filter((sid) => services[sid] === undefined)
  if (unmanaged.length > 0) refuse(`cannot use unmanaged resource(s) ${unmanaged.join(', ')}.`)
}

/** Throws where the rule could not be followed together with the others. */
function requireConsistent(call: Call, rules: readonly Rule[], id: string): void {
  const enabled = rules.filter(({ disabled }) => disabled !== true)
  const complaint = checkRules(enabled, call.lab.members(call.node).length).find((found) => found.id === id)
  if (complaint !== undefined) refuseParameters({ resources: complaint.reason })
}
