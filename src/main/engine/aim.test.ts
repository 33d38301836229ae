import { describe, expect, it } from 'vitest'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { TargetRule } from '../../shared/domain/plan.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { aim } from './aim.ts'

const nodes = ['pve1', 'pve2', 'pve3']
const observation: ClusterObservation = {
  quorate: true,
  votes: { present: 3, expected: 3 },
  crmMaster: 'pve2',
  haArmed: true,
  nodes: nodes.map((name) => ({ name, power: 'on', online: true })),
  guests: [
    { id: 'vm:101', node: 'pve3', running: true },
    { id: 'ct:102', node: 'pve3', running: false },
    { id: 'ct:103', node: 'pve2', running: true },
  ],
  ceph: { health: 'HEALTH_OK', placementGroups: 32, activeClean: 32, osdsUp: 3, osds: 3 },
}

function nodeFor(rule: TargetRule, index = 0, seed = 1): string | undefined {
  return aim(rule, { kind: 'node-power-off', nodes, index, random: seededRandom(seed), observation })?.node
}

describe('aim', () => {
  it('finds the node each rule means', () => {
    expect(nodeFor({ rule: 'fixed', node: 'pve1' })).toBe('pve1')
    expect(nodeFor({ rule: 'hosting-guest', guest: 'vm:101' })).toBe('pve3')
    expect(nodeFor({ rule: 'crm-master' })).toBe('pve2')
    expect([0, 1, 2, 3].map((index) => nodeFor({ rule: 'round-robin' }, index))).toEqual([...nodes, 'pve1'])
  })

  it('draws from the given source, each node sooner or later', () => {
    const drawn = Array.from({ length: 40 }, (_, seed) => nodeFor({ rule: 'random' }, 0, seed))
    expect(new Set(drawn)).toEqual(new Set(nodes))
    expect(nodeFor({ rule: 'random' }, 0, 5)).toBe(nodeFor({ rule: 'random' }, 7, 5))
  })

  it('has no target where the guest, the master or the node is unknown', () => {
    const { crmMaster, ...masterless } = observation
    expect(crmMaster).toBeDefined()
    const options = {
      kind: 'node-power-off' as const,
      nodes,
      index: 0,
      random: seededRandom(1),
      observation: masterless,
    }
    expect(aim({ rule: 'crm-master' }, options)).toBeUndefined()
    expect(nodeFor({ rule: 'hosting-guest', guest: 'vm:999' })).toBeUndefined()
    expect(nodeFor({ rule: 'fixed', node: 'pve9' })).toBeUndefined()
  })

  it('notes the running guests of the node and whether it was the CRM master', () => {
    const options = { kind: 'node-power-off' as const, nodes, index: 0, random: seededRandom(1), observation }
    expect(aim({ rule: 'fixed', node: 'pve3' }, options)).toEqual({
      node: 'pve3',
      rule: 'fixed',
      guests: ['vm:101'],
      wasCrmMaster: false,
    })
    expect(aim({ rule: 'crm-master' }, options)?.wasCrmMaster).toBe(true)
  })

  it('hits the guest it follows, or all of a node, where the fault is one of guests', () => {
    const guestsOf = (rule: TargetRule) =>
      aim(rule, { kind: 'guest-killed', nodes, index: 0, random: seededRandom(1), observation: crowded })
        ?.guests
    const crowded: ClusterObservation = {
      ...observation,
      guests: [...observation.guests, { id: 'vm:104', node: 'pve3', running: true }],
    }
    expect(guestsOf({ rule: 'hosting-guest', guest: 'vm:104' })).toEqual(['vm:104'])
    expect(guestsOf({ rule: 'fixed', node: 'pve3' })).toEqual(['vm:101', 'vm:104'])
    expect(guestsOf({ rule: 'hosting-guest', guest: 'ct:102' })).toBeUndefined()
    expect(guestsOf({ rule: 'fixed', node: 'pve1' })).toBeUndefined()
  })
})
