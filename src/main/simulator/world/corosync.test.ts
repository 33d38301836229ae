import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { Corosync } from './corosync.ts'
import { worldParameters } from './parameters.ts'

/** Nodes `a`, `b`, ... of which some may be unreachable. */
function ringOf(count: number) {
  const clock = new VirtualClock()
  const nodes = Array.from('abcdefgh').slice(0, count)
  const apart = new Set<string>()
  const healed: string[] = []
  const corosync = new Corosync({
    nodes,
    scheduler: clock,
    random: seededRandom(5),
    parameters: worldParameters(),
    reaches: (from, to) => from === to || apart.has(from) === apart.has(to),
    log: () => {},
    membershipChanged: () => {},
    ringHealed: (node) => healed.push(node),
  })
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  const run = (act: () => Promise<void>) =>
    clock.run(async () => {
      for (const node of nodes) corosync.start(node)
      await seconds(10)
      await act()
    })
  return { corosync, nodes, apart, healed, seconds, run }
}

describe('corosync', () => {
  it.each([
    [2, 3000, 3600, 2],
    [3, 3650, 4380, 2],
    [5, 4950, 5940, 3],
  ])('waits longer the more nodes there are: %i nodes', (count, tokenMs, consensusMs, votesNeeded) => {
    const { corosync } = ringOf(count)
    expect(corosync).toMatchObject({ tokenMs, consensusMs, votesNeeded })
  })

  it('joins nodes that were started into one ring', async () => {
    const { corosync, nodes, run } = ringOf(4)
    await run(async () => {
      for (const node of nodes) expect(corosync.membersSeenBy(node)).toEqual(nodes)
    })
  })

  it('is quorate with more than half of the configured nodes, not with half', async () => {
    const { corosync, apart, seconds, run } = ringOf(4)
    await run(async () => {
      for (const node of ['c', 'd']) apart.add(node)
      corosync.reconsider()
      expect(corosync.isForming('a')).toBe(true)
      expect(corosync.isQuorate('a')).toBe(true)
      await seconds(15)
      expect(corosync.membersSeenBy('a')).toEqual(['a', 'b'])
      expect(corosync.membersSeenBy('d')).toEqual(['c', 'd'])
      expect(['a', 'b', 'c', 'd'].filter((node) => corosync.isQuorate(node))).toEqual([])
      apart.clear()
      corosync.reconsider()
      await seconds(5)
      expect(corosync.membersSeenBy('c')).toEqual(['a', 'b', 'c', 'd'])
    })
  })

  it('forms no new ring when the lost node is heard again in time', async () => {
    const { corosync, nodes, apart, healed, seconds, run } = ringOf(3)
    await run(async () => {
      apart.add('c')
      corosync.reconsider()
      await seconds(5)
      apart.clear()
      corosync.reconsider()
      expect(corosync.isForming('a')).toBe(false)
      expect(healed).toEqual(nodes)
      await seconds(20)
      expect(corosync.membersSeenBy('a')).toEqual(nodes)
    })
  })

  it('lets a node go at once that leaves in order', async () => {
    const { corosync, seconds, run } = ringOf(3)
    await run(async () => {
      corosync.leave('b')
      await seconds(0.1)
      expect(corosync.membersSeenBy('a')).toEqual(['a', 'c'])
      expect(corosync.membersSeenBy('b')).toEqual([])
    })
  })
})
