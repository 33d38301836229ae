import { describe, expect, it } from 'vitest'
import { partitionSide } from '../../shared/domain/fault-scope.ts'
import type { Lab } from '../../shared/domain/lab.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { FaultKind, TargetRule } from '../../shared/domain/plan.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { aim } from './aim.ts'

const nodes = ['pve1', 'pve2', 'pve3']
const lab: Lab = {
  name: 'aims',
  laptop: { ramMiB: 24_576, threads: 12 },
  nodes: nodes.map((name) => ({
    name,
    ramMiB: 4096,
    cpus: 2,
    systemDiskGB: 32,
    cephDiskGB: name === 'pve3' ? 0 : 25,
  })),
  guests: [
    { id: 'vm:101', name: 'on-nas', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve3', storage: 'share' },
    { id: 'ct:102', name: 'stopped', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve3', storage: 'share' },
    { id: 'ct:103', name: 'in-pool', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve2' },
  ],
  ceph: { size: 2, minSize: 1 },
  storages: [
    { kind: 'rbd', name: 'pool' },
    { kind: 'nfs', name: 'share', server: 'nas1', writes: 'sync' },
    { kind: 'nfs', name: 'second', server: 'nas2', writes: 'sync' },
  ],
}
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
  return aim(rule, { kind: 'node-power-off', lab, index, random: seededRandom(seed), observation })?.node
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
      lab,
      index: 0,
      random: seededRandom(1),
      observation: masterless,
    }
    expect(aim({ rule: 'crm-master' }, options)).toBeUndefined()
    expect(nodeFor({ rule: 'hosting-guest', guest: 'vm:999' })).toBeUndefined()
    expect(nodeFor({ rule: 'fixed', node: 'pve9' })).toBeUndefined()
  })

  it('notes the running guests of the node and whether it was the CRM master', () => {
    const options = { kind: 'node-power-off' as const, lab, index: 0, random: seededRandom(1), observation }
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
      aim(rule, { kind: 'guest-killed', lab, index: 0, random: seededRandom(1), observation: crowded })
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

describe('aim at what is no whole node', () => {
  const aimed = (kind: FaultKind, rule: TargetRule, index = 0) =>
    aim(rule, { kind, lab, index, random: seededRandom(1), observation })

  it('finds a NAS by the guest whose disk is on it, by its name, or in turn, and the running guests that need it', () => {
    expect(aimed('nas-power-off', { rule: 'hosting-guest', guest: 'vm:101' })).toEqual({
      node: 'nas1',
      rule: 'hosting-guest',
      guests: ['vm:101'],
      wasCrmMaster: false,
    })
    expect(aimed('nas-power-off', { rule: 'fixed', node: 'nas2' })).toMatchObject({
      node: 'nas2',
      guests: [],
    })
    expect(aimed('nas-power-off', { rule: 'round-robin' }, 1)?.node).toBe('nas2')
    expect(['nas1', 'nas2']).toContain(aimed('nas-power-off', { rule: 'random' })?.node)
  })

  it('finds no NAS where a guest uses none, or none is meant', () => {
    expect(aimed('nas-power-off', { rule: 'hosting-guest', guest: 'ct:103' })).toBeUndefined()
    expect(aimed('nas-power-off', { rule: 'fixed', node: 'pve1' })).toBeUndefined()
    expect(aimed('nas-power-off', { rule: 'crm-master' })).toBeUndefined()
    const { storages: _storages, ...without } = lab
    const options = { lab: without, index: 0, random: seededRandom(1), observation }
    for (const rule of ['round-robin', 'random'] as const)
      expect(aim({ rule }, { ...options, kind: 'nas-power-off' })).toBeUndefined()
  })

  it('hits daemons of Ceph only on nodes that have them', () => {
    for (const kind of ['osd-killed', 'monitor-killed'] as const) {
      expect(aimed(kind, { rule: 'fixed', node: 'pve1' })?.node).toBe('pve1')
      expect(aimed(kind, { rule: 'fixed', node: 'pve3' })).toBeUndefined()
    }
  })

  it('counts all guests of the smaller part of a partition', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    expect(partitionSide(names, 'e')).toEqual(['e', 'a'])
    expect(partitionSide(['a', 'b'], 'b')).toEqual(['b'])
    expect(aimed('network-partition', { rule: 'fixed', node: 'pve2' })?.guests).toEqual(['ct:103'])
  })
})
