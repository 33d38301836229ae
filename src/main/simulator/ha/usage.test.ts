import { describe, expect, it } from 'vitest'
import { imbalanceOf, withDemand } from './cluster-picture.ts'
import { twoDecimals } from './load-balancing.ts'
import { closenessToIdeal } from './topsis.ts'
import { createUsageModel, UsageInitError } from './usage.ts'

const nodes = ['n1', 'n2', 'n3']
const capacity = { maxcpu: 10, maxmem: 100 }
const load = { ...capacity, cpu: 0, mem: 0 }
const nodeCapacities = new Map(nodes.map((node) => [node, capacity]))
const guest = { maxcpu: 2, maxmem: 20, cpu: 1, mem: 10 }
const services = new Map([
  ['vm:1', guest],
  ['vm:2', guest],
  ['vm:3', { ...guest, maxcpu: 0 }],
])

function modelOf(
  mode: 'basic' | 'static' | 'dynamic',
  nodeLoads = new Map(nodes.map((node) => [node, load])),
) {
  const warnings: string[] = []
  const source = {
    readStaticFigures: () => ({ nodes: nodeCapacities, services }),
    readDynamicFigures: () => ({ nodes: nodeLoads, services }),
  }
  return { model: createUsageModel(mode, nodes, source, (message) => warnings.push(message)), warnings }
}

describe('the basic usage model', () => {
  it('counts the services on each node, a moving one on both', () => {
    const { model } = modelOf('basic')
    model.place('vm:1', { state: 'migrate', node: 'n1', target: 'n2' })
    model.place('vm:2', { state: 'started', node: 'n2' })
    model.place('vm:3', { state: 'stopped', node: 'n3' })
    expect([...model.startScores('vm:9')]).toEqual([
      ['n1', 1],
      ['n2', 2],
      ['n3', 0],
    ])
  })

  it('follows a service that changes, and knows no place on nodes that are away', () => {
    const { model } = modelOf('basic')
    model.place('vm:1', { state: 'started', node: 'n1' })
    model.place('vm:1', { state: 'started', node: 'n9' })
    expect(model.placementOf('vm:1')).toEqual({})
    expect(model.startScores('vm:9').get('n1')).toBe(0)
  })

  it('places a service about to be moved before its start on its target alone', () => {
    const { model } = modelOf('basic')
    model.place('vm:1', { state: 'request_start_balance', node: 'n1', target: 'n2' })
    expect(model.placementOf('vm:1')).toEqual({ target: 'n2' })
  })
})

describe('the static usage model', () => {
  it('adds up the sizes of standing services; no limit is the whole node', () => {
    const { model } = modelOf('static')
    model.place('vm:1', { state: 'started', node: 'n1' })
    model.place('vm:3', { state: 'error', node: 'n2' })
    expect(model.balancePicture().map(({ cpu, mem }) => [cpu, mem])).toEqual([
      [2, 20],
      [10, 20],
      [0, 0],
    ])
  })

  it('prefers the empty node for a start', () => {
    const { model } = modelOf('static')
    model.place('vm:1', { state: 'started', node: 'n1' })
    model.place('vm:2', { state: 'started', node: 'n2' })
    const scores = model.startScores('vm:1')
    expect(scores.get('n3')).toBeLessThan(scores.get('n1') ?? 0)
    expect(scores.get('n1')).toBeCloseTo(scores.get('n2') ?? Number.NaN, 12)
  })

  it('says which service it knows nothing of', () => {
    const { model, warnings } = modelOf('static')
    model.place('vm:7', { state: 'started', node: 'n1' })
    model.place('vm:8', { state: 'stopped', node: 'n1' })
    expect(warnings).toEqual(["unable to add service 'vm:7' - no usage figures for 'vm:7'"])
  })
})

describe('the dynamic usage model', () => {
  it('adds the size of services that are about to run to the measured load, for starts only', () => {
    const { model } = modelOf('dynamic')
    model.place('vm:1', { state: 'started', node: 'n1', running: true })
    model.place('vm:2', { state: 'started', node: 'n2' })
    expect(model.balancePicture().every(({ cpu }) => cpu === 0)).toBe(true)
    const scores = model.startScores('vm:1')
    expect(scores.get('n1')).toBe(scores.get('n3'))
    expect(scores.get('n2')).toBeGreaterThan(scores.get('n1') ?? 0)
  })

  it('cannot begin without the figures of a node', () => {
    expect(() => modelOf('dynamic', new Map([['n1', load]]))).toThrow(UsageInitError)
  })
})

describe('figures of a cluster', () => {
  const picture = (...cpus: number[]) => cpus.map((cpu, index) => ({ ...load, node: `n${index}`, cpu }))

  it('have an imbalance of 1.41 with one loaded node of three, and 1 on the normalised scale', () => {
    expect(imbalanceOf(picture(5, 0, 0))).toBeCloseTo(Math.SQRT2, 12)
    expect(imbalanceOf(picture(5, 0, 0), 'normalised')).toBeCloseTo(1, 12)
  })

  it('have none when loads are equal, absent, or of one node', () => {
    expect(imbalanceOf(picture(3, 3))).toBe(0)
    expect(imbalanceOf(picture(0, 0))).toBe(0)
    expect(imbalanceOf(picture(9))).toBe(0)
  })

  it('never fall below zero when something moves away', () => {
    const moved = withDemand(picture(1, 0), { cpu: 3, mem: 0 }, 'n1', 'n0')
    expect(moved.map(({ cpu }) => cpu)).toEqual([0, 3])
  })

  it('rank the alternative that is best in everything at 1, the worst at 0', () => {
    expect(
      closenessToIdeal(
        [
          [1, 2],
          [2, 4],
          [1.5, 3],
        ],
        [0.5, 0.5],
      ),
    ).toEqual([1, 0, 0.5])
    expect(
      closenessToIdeal(
        [
          [1, 1],
          [1, 1],
        ],
        [0.5, 0.5],
      ),
    ).toEqual([0, 0])
  })

  it('are printed as printf would', () => {
    expect([Math.SQRT2, 0.125, 0.375, 0.5, 0.875].map(twoDecimals)).toEqual([
      '1.41',
      '0.12',
      '0.38',
      '0.50',
      '0.88',
    ])
  })
})
