import { describe, expect, it } from 'vitest'
import type { NodeAffinityRule, ResourceAffinityRule, Rule } from './cluster-data.ts'
import { checkRules, connectPositiveRules } from './rule-checks.ts'
import { compileRules, rulesOfGroups } from './rules.ts'

const nodes = ['n1', 'n2', 'n3']

function together(id: string, ...resources: string[]): ResourceAffinityRule {
  return { id, type: 'resource-affinity', resources, affinity: 'positive' }
}

function apart(id: string, ...resources: string[]): ResourceAffinityRule {
  return { id, type: 'resource-affinity', resources, affinity: 'negative' }
}

/** Nodes are written `n1` or `n1:2` with a priority. */
function on(id: string, resources: string[], places: string[], strict = true): NodeAffinityRule {
  const listed = places.map((place) => {
    const [node = '', priority = '0'] = place.split(':')
    return { node, priority: Number(priority) }
  })
  return { id, type: 'node-affinity', resources, nodes: listed, strict }
}

function complaints(...rules: Rule[]): string[] {
  return checkRules(rules, nodes.length).map(({ id, reason }) => `${id}: ${reason}`)
}

function compile(...rules: Rule[]) {
  const { compiled, dropped } = compileRules(rules, nodes)
  expect(dropped).toEqual([])
  return compiled
}

describe('checking rules', () => {
  it('drops all node rules that share a resource', () => {
    expect(complaints(on('b', ['vm:1', 'vm:2'], ['n1']), on('a', ['vm:2'], ['n2']))).toEqual([
      "a: resource 'vm:2' is already used in another node affinity rule",
      "b: resource 'vm:2' is already used in another node affinity rule",
    ])
  })

  it('drops a resource rule of one', () => {
    const reason = 'rule is ineffective as there are less than two resources'
    expect(complaints(together('a', 'vm:1'), apart('b', 'vm:2', 'vm:2'))).toEqual([
      `a: ${reason}`,
      `b: ${reason}`,
    ])
  })

  it('drops a separation of more resources than nodes', () => {
    expect(complaints(apart('a', 'vm:1', 'vm:2', 'vm:3', 'vm:4'))).toEqual([
      'a: rule defines more resources than available nodes',
    ])
    expect(complaints(apart('a', 'vm:1', 'vm:2', 'vm:3'))).toEqual([])
  })

  it('drops what wants the same pair together and apart, also across connected rules', () => {
    expect(
      complaints(together('t1', 'vm:1', 'vm:2'), together('t2', 'vm:2', 'vm:3'), apart('s', 'vm:1', 'vm:3')),
    ).toEqual([
      's: rule shares two or more resources with a positive resource affinity rule',
      't1: rule shares two or more resources with a negative resource affinity rule',
      't2: rule shares two or more resources with a negative resource affinity rule',
    ])
  })

  it('drops resource rules over node rules with several priorities, and these', () => {
    expect(complaints(together('t', 'vm:1', 'vm:2'), on('n', ['vm:1'], ['n1:2', 'n2']))).toEqual([
      'n: resources are in a resource affinity rule and cannot be in a node affinity rule with multiple priorities',
      't: resources are in node affinity rules with multiple priorities',
    ])
  })

  it('drops a set that belongs together but is bound to nodes by different rules', () => {
    const found = complaints(
      together('t', 'vm:1', 'vm:2'),
      on('n1', ['vm:1'], ['n1', 'n2']),
      on('n2', ['vm:2'], ['n1', 'n2']),
    )
    expect(found).toHaveLength(3)
    expect(found[2]).toBe('t: resources are in multiple node affinity rules')
  })

  it('drops a separation on fewer nodes than it has resources there', () => {
    const found = complaints(apart('s', 'vm:1', 'vm:2', 'vm:3'), on('n', ['vm:1', 'vm:2'], ['n1']))
    expect(found).toHaveLength(2)
    expect(found[1]).toBe(
      's: two or more resources are restricted to less nodes than available to the resources',
    )
    expect(complaints(apart('s', 'vm:1', 'vm:2'), on('n', ['vm:1', 'vm:2'], ['n1', 'n2']))).toEqual([])
  })

  it('keeps sets apart that only a later rule would connect', () => {
    const sets = connectPositiveRules([
      together('x', 'vm:1', 'vm:8'),
      together('y', 'vm:2', 'vm:9'),
      together('z', 'vm:8', 'vm:9'),
    ])
    expect(sets.map((set) => set.map(({ id }) => id))).toEqual([['x', 'z'], ['y']])
  })
})

describe('compiling rules', () => {
  it('lists the other nodes below the rule, unless it is strict', () => {
    const { nodeAffinity } = compile(on('a', ['vm:1'], ['n2:3'], false), on('b', ['vm:2'], ['n2:3']))
    expect(nodeAffinity.get('vm:1')).toEqual(
      new Map([
        ['n1', -1],
        ['n2', 3],
        ['n3', -1],
      ]),
    )
    expect(nodeAffinity.get('vm:2')).toEqual(new Map([['n2', 3]]))
    expect(nodeAffinity.has('vm:3')).toBe(false)
  })

  it('merges rules that connect resources', () => {
    const { positive } = compile(together('a', 'vm:1', 'vm:2'), together('b', 'vm:2', 'vm:3'))
    expect(positive.get('vm:1')).toEqual(new Set(['vm:2', 'vm:3']))
  })

  it('keeps companions apart from whom one of them must be apart', () => {
    const { negative } = compile(together('a', 'vm:1', 'vm:2'), apart('s', 'vm:2', 'vm:5'))
    expect(negative.get('vm:1')).toEqual(new Set(['vm:5']))
    expect(negative.get('vm:5')).toEqual(new Set(['vm:2', 'vm:1']))
  })

  it('does not imply separations from implied ones', () => {
    const { negative } = compile(
      together('a', 'vm:a1', 'vm:a2'),
      together('b', 'vm:b1', 'vm:b2'),
      apart('s', 'vm:a1', 'vm:b1'),
    )
    expect(negative.get('vm:a2')).toEqual(new Set(['vm:b1']))
    expect(negative.get('vm:b2')).toEqual(new Set(['vm:a1']))
  })

  it('takes companions along onto the nodes of a node rule', () => {
    const { nodeAffinity } = compile(together('a', 'vm:1', 'vm:2'), on('n', ['vm:1'], ['n3']))
    expect(nodeAffinity.get('vm:2')).toEqual(new Map([['n3', 0]]))
  })

  it('leaves out rules that are switched off', () => {
    const { positive } = compile({ ...together('a', 'vm:1', 'vm:2'), disabled: true })
    expect(positive.size).toBe(0)
  })

  it('reads a used group as a node rule and forgets an unused one', () => {
    const group = { nodes: [{ node: 'n1', priority: 1 }], restricted: true, nofailback: false }
    const service = { node: 'n1', state: 'started', failback: true, maxRestart: 1, maxRelocate: 1 }
    const services = new Map([['vm:1', { ...service, group: 'east' }]])
    expect(
      rulesOfGroups(
        [
          { id: 'east', ...group },
          { id: 'west', ...group },
        ],
        services,
      ),
    ).toEqual([
      { id: 'ha-group-east', type: 'node-affinity', resources: ['vm:1'], nodes: group.nodes, strict: true },
    ])
  })
})
