import { describe, expect, it } from 'vitest'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { NodeClocks } from './node-clocks.ts'
import { worldParameters } from './parameters.ts'

function open() {
  const scheduler = new DirectScheduler()
  const deaf = new Set<string>()
  const clocks = new NodeClocks({
    nodes: ['pve1', 'pve2'],
    scheduler,
    random: seededRandom(2),
    parameters: worldParameters(),
    hearsTimeServer: (node) => !deaf.has(node),
    changed: () => {},
  })
  clocks.booted('pve1')
  clocks.booted('pve2')
  const offset = (node: string) => Math.abs(clocks.offsetSeconds(node))
  const until = (seconds: number) => scheduler.runUntil(seconds * 1000)
  return { clocks, deaf, offset, until }
}

describe('clocks of nodes', () => {
  it('are right to within a millisecond while they hear a time server', () => {
    const { clocks, offset, until } = open()
    until(86_400)
    expect(clocks.areSynchronised).toBe(true)
    expect(offset('pve1')).toBeLessThan(0.001)
    expect(clocks.offsetSeconds('pve1')).not.toBe(clocks.offsetSeconds('pve2'))
  })

  it('drift by a few ppm without one, and are set right when they hear it again', () => {
    const { clocks, deaf, offset, until } = open()
    deaf.add('pve1')
    clocks.reconsider()
    until(86_400)
    expect(offset('pve1')).toBeGreaterThan(0.08)
    expect(offset('pve1')).toBeLessThan(1.8)
    expect(offset('pve2')).toBeLessThan(0.001)
    deaf.clear()
    clocks.reconsider()
    until(86_400 + 120)
    expect(offset('pve1')).toBeLessThan(0.001)
  })

  it('are behind by the pause of their machine, and are slewed at a twelfth of a second per second', () => {
    const { clocks, offset, until } = open()
    until(3600)
    clocks.stoodStill('pve1', 600_000)
    expect(clocks.offsetSeconds('pve1')).toBeCloseTo(-600, 2)
    until(3600 + 64)
    const before = offset('pve1')
    until(3600 + 64 + 1200)
    expect(before - offset('pve1')).toBeCloseTo(100, 0)
    until(3600 + 64 + 7200)
    expect(offset('pve1')).toBeLessThan(0.001)
  })

  it('are stepped when chrony was started only just before', () => {
    const { clocks, offset, until } = open()
    clocks.stoodStill('pve1', 600_000)
    until(65)
    expect(offset('pve1')).toBeLessThan(0.001)
    clocks.set('pve1', 30)
    expect(clocks.offsetSeconds('pve1')).toBe(30)
  })
})
