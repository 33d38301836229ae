import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabNetwork } from './network.ts'

const nodes = ['pve1', 'pve2', 'pve3']

function open(qualities: ConstructorParameters<typeof LabNetwork>[0]['qualities'] = {}) {
  const calls: string[] = []
  const off = new Set<string>()
  const network = new LabNetwork({
    qualities,
    answers: (end) => !off.has(end),
    changes: () => calls.push('before'),
    changed: () => calls.push('after'),
  })
  return { network, calls, off }
}

describe('the networks of a lab', () => {
  it('add up latency and loss along a path, and are as wide as its narrowest part', () => {
    const { network } = open({ cluster: { latencyMs: 2, lossPercent: 10, bandwidthMbps: 1000 } })
    network.setQuality('cluster', { latencyMs: 5, lossPercent: 50, bandwidthMbps: 100 }, 'pve1')
    const path = network.path('pve1', 'pve2', 'cluster')
    expect(path).toMatchObject({ latencyMs: 7, bandwidthMbps: 100 })
    expect(path.loss).toBeCloseTo(0.55)
    expect(network.path('pve2', 'pve3', 'cluster')).toMatchObject({ latencyMs: 2, bandwidthMbps: 1000 })
    expect(network.path('pve1', 'pve2', 'management')).toMatchObject({ latencyMs: 0, loss: 0 })
  })

  it('are perfect again when nothing is given any more', () => {
    const { network } = open({ cluster: { latencyMs: 2 } })
    network.setQuality('cluster', {})
    expect(network.path('pve1', 'pve2', 'cluster').latencyMs).toBe(0)
  })

  it('do not reach an end that loses every packet', () => {
    const { network } = open()
    network.setQuality('cluster', { lossPercent: 100 }, 'pve1')
    expect(network.reaches('pve1', 'pve2', 'cluster')).toBe(false)
    expect(network.reaches('pve2', 'pve3', 'cluster')).toBe(true)
  })

  it('cut two ends from each other alone', () => {
    const { network } = open()
    network.setPair('pve1', 'pve2', 'cluster', false)
    expect(network.reaches('pve2', 'pve1', 'cluster')).toBe(false)
    expect(network.reaches('pve1', 'pve3', 'cluster')).toBe(true)
    expect(network.reaches('pve1', 'pve2', 'management')).toBe(true)
    network.setPair('pve2', 'pve1', 'cluster', true)
    expect(network.reaches('pve1', 'pve2', 'cluster')).toBe(true)
  })

  it('are as they were built until something of them is cut or degraded, and again when that is taken back', () => {
    const { network } = open({ cluster: { latencyMs: 2, lossPercent: 1 } })
    const harm: readonly (readonly [act: () => void, undo: () => void])[] = [
      [() => network.setLink('pve1', 'cluster', false), () => network.setLink('pve1', 'cluster', true)],
      [
        () => network.setPair('pve1', 'pve2', 'cluster', false),
        () => network.setPair('pve1', 'pve2', 'cluster', true),
      ],
      [() => network.partition('cluster', [['pve1']]), () => network.join('cluster')],
      [
        () => network.setQuality('cluster', { latencyMs: 9 }, 'pve3'),
        () => network.setQuality('cluster', {}, 'pve3'),
      ],
      [
        () => network.setQuality('cluster', { latencyMs: 2, lossPercent: 2 }),
        () => network.setQuality('cluster', { latencyMs: 2, lossPercent: 1 }),
      ],
    ]
    for (const [act, undo] of harm) {
      expect(network.isAsBuilt('cluster')).toBe(true)
      act()
      expect(network.isAsBuilt('cluster')).toBe(false)
      expect(network.isAsBuilt('management')).toBe(true)
      undo()
    }
    expect(network.isAsBuilt('cluster')).toBe(true)
  })

  it('tell of each change once, before and after it', () => {
    const { network, calls } = open()
    network.setLink('pve1', 'cluster', true)
    expect(calls).toEqual([])
    network.setLink('pve1', 'cluster', false)
    network.setLink('pve1', 'cluster', false)
    expect(calls).toEqual(['before', 'after'])
  })

  it('reach in both directions alike, whatever was cut', () => {
    const cut = fc.record({
      ends: fc.subarray(nodes, { minLength: 2, maxLength: 2 }),
      how: fc.constantFrom('pair', 'link', 'side', 'loss', 'off'),
    })
    fc.assert(
      fc.property(fc.array(cut), (cuts) => {
        const { network, off } = open()
        for (const { ends, how } of cuts) {
          const [one, other] = ends as [string, string]
          if (how === 'pair') network.setPair(one, other, 'cluster', false)
          if (how === 'link') network.setLink(one, 'cluster', false)
          if (how === 'side') network.partition('cluster', [[one]])
          if (how === 'loss') network.setQuality('cluster', { lossPercent: 100 }, other)
          if (how === 'off') off.add(one)
        }
        for (const one of nodes)
          for (const other of nodes)
            expect(network.reaches(one, other, 'cluster')).toBe(network.reaches(other, one, 'cluster'))
      }),
    )
  })
})
