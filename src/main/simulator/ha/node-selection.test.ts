import { describe, expect, it } from 'vitest'
import type { Rule } from './cluster-data.ts'
import { type NodePreference, type SelectionRequest, selectNode } from './node-selection.ts'
import { compileRules } from './rules.ts'
import { createUsageModel } from './usage.ts'

const noFigures = { nodes: new Map(), services: new Map() }
const source = { readStaticFigures: () => noFigures, readDynamicFigures: () => noFigures }

interface Setting {
  readonly online?: readonly string[]
  readonly rules?: readonly Rule[]
  /** Other services: id to node, all started. */
  readonly others?: Readonly<Record<string, string>>
  readonly preference?: NodePreference
  readonly failback?: boolean
  readonly service?: SelectionRequest['service']
}

/** Selects for `vm:1`, which stands on n1 unless said otherwise. */
function select(setting: Setting): string | undefined {
  const { online = ['n1', 'n2', 'n3'], rules = [], others = {}, preference = 'none' } = setting
  const service = setting.service ?? { node: 'n1' }
  const usage = createUsageModel('basic', online, source, () => {})
  usage.place('vm:1', { state: 'started', node: service.node })
  for (const [sid, node] of Object.entries(others)) usage.place(sid, { state: 'started', node })
  const { compiled } = compileRules(rules, ['n1', 'n2', 'n3'])
  return selectNode({ sid: 'vm:1', service, failback: setting.failback ?? true, preference }, compiled, usage)
}

function bound(strict: boolean, ...places: [string, number][]): Rule {
  const nodes = places.map(([node, priority]) => ({ node, priority }))
  return { id: 'bound', type: 'node-affinity', resources: ['vm:1'], nodes, strict }
}

function beside(affinity: 'positive' | 'negative', ...resources: string[]): Rule {
  return { id: affinity, type: 'resource-affinity', resources: ['vm:1', ...resources], affinity }
}

describe('choosing a node', () => {
  it('stays where it is without a reason to move', () => {
    expect(select({ others: { 'vm:2': 'n1', 'vm:3': 'n1' } })).toBe('n1')
  })

  it('takes the least populated node when asked for the best, ties by name', () => {
    expect(select({ preference: 'best-score', others: { 'vm:2': 'n2' } })).toBe('n3')
    expect(select({ preference: 'best-score', others: {} })).toBe('n2')
  })

  it('goes to the highest priority that is online', () => {
    const rules = [bound(true, ['n2', 1], ['n3', 2])]
    expect(select({ rules })).toBe('n3')
    expect(select({ rules, online: ['n1', 'n2'] })).toBe('n2')
    expect(select({ rules, online: ['n1'] })).toBeUndefined()
  })

  it('leaves the listed nodes only when the rule is not strict', () => {
    expect(select({ rules: [bound(false, ['n3', 0])], online: ['n1', 'n2'] })).toBe('n1')
  })

  it('does not fail back when told not to, as long as it may stay', () => {
    const rules = [bound(false, ['n3', 2])]
    expect(select({ rules, failback: false })).toBe('n1')
    expect(select({ rules: [bound(true, ['n3', 2])], failback: false })).toBe('n3')
  })

  it('leaves a node it shares with one to be apart from', () => {
    expect(select({ rules: [beside('negative', 'vm:2')], others: { 'vm:2': 'n1' } })).toBe('n2')
  })

  it('goes where most of its companions are', () => {
    const rules = [beside('positive', 'vm:2', 'vm:3', 'vm:4')]
    expect(select({ rules, others: { 'vm:2': 'n2', 'vm:3': 'n3', 'vm:4': 'n3' } })).toBe('n3')
  })

  it('follows its companions by name when they are divided evenly', () => {
    const rules = [beside('positive', 'vm:2', 'vm:3')]
    expect(select({ rules, others: { 'vm:2': 'n3', 'vm:3': 'n2' } })).toBe('n2')
  })

  it('returns to the node it left for maintenance, when that may be had', () => {
    const service = { node: 'n1', maintenanceNode: 'n3' }
    expect(select({ service })).toBe('n3')
    expect(select({ service, online: ['n1', 'n2'] })).toBe('n1')
  })

  it('tries the nodes it did not fail on, until none is left', () => {
    const failed = (...failedNodes: string[]) =>
      select({ service: { node: 'n1', failedNodes }, preference: 'try-next' })
    expect(failed('n1')).toBe('n2')
    expect(failed('n1', 'n2')).toBe('n3')
    expect(failed('n1', 'n2', 'n3')).toBeUndefined()
  })
})
