import { describe, expect, it } from 'vitest'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import { specOf } from '../testing/engine-bench.ts'
import { clusterObstacles } from './gate.ts'

const spec = specOf({})
const steady: ClusterObservation = {
  quorate: true,
  votes: { present: 3, expected: 3 },
  crmMaster: 'pve1',
  haArmed: true,
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({ name, power: 'on', online: true })),
  guests: [
    { id: 'vm:101', node: 'pve1', running: true },
    { id: 'ct:102', node: 'pve2', running: true },
  ],
  ceph: { health: 'HEALTH_OK', placementGroups: 32, activeClean: 32, osdsUp: 3, osds: 3 },
}

describe('clusterObstacles', () => {
  it('finds none in a steady lab', () => {
    expect(clusterObstacles(steady, spec)).toEqual([])
  })

  it('names each condition that does not hold', () => {
    const { ceph } = steady
    const broken: ClusterObservation = {
      ...steady,
      quorate: false,
      votes: { present: 1, expected: 3 },
      haArmed: false,
      nodes: steady.nodes.map((node) => (node.name === 'pve2' ? { ...node, online: false } : node)),
      guests: steady.guests.filter(({ id }) => id === 'vm:101'),
      ceph: { ...ceph, health: 'HEALTH_WARN', activeClean: 20 },
    }
    expect(clusterObstacles(broken, spec)).toEqual([
      { kind: 'no-quorum', present: 1, expected: 3 },
      { kind: 'ha-not-armed' },
      { kind: 'node-offline', node: 'pve2' },
      { kind: 'guest-not-running', guest: 'ct:102' },
      { kind: 'pgs-not-clean', activeClean: 20, placementGroups: 32 },
    ])
  })

  it('asks for an armed HA manager only where guests are under HA', () => {
    const unarmed = { ...steady, haArmed: false }
    expect(clusterObstacles(unarmed, specOf({ group: 'control' }))).toEqual([])
    expect(clusterObstacles(unarmed, spec)).toEqual([{ kind: 'ha-not-armed' }])
  })

  it('does not take storage for clean when nobody knows', () => {
    const blind = { ...steady, ceph: { ...steady.ceph, health: 'unknown' as const } }
    expect(clusterObstacles(blind, spec)).toMatchObject([{ kind: 'pgs-not-clean' }])
  })
})
