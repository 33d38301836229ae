import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { ClusterMembership, clusterOfAll } from './cluster-membership.ts'
import { Corosync } from './corosync.ts'
import type { Path } from './network.ts'
import { worldParameters } from './parameters.ts'

const perfect: Path = { latencyMs: 0, loss: 0, bandwidthMbps: 1000 }

/** Nodes `a`, `b`, ... of which some may be apart; `pathOf` may say more than that of their links. */
function ringOf(count: number, { links = 1, seed = 5 } = {}) {
  const clock = new VirtualClock()
  const nodes = Array.from('abcdefghijklmnop').slice(0, count)
  const apart = new Set<string>()
  const healed: string[] = []
  const log: { readonly ms: number; readonly node: string; readonly message: string }[] = []
  const ways: { pathOf: (link: number, from: string, to: string) => Path | undefined } = {
    pathOf: (_link, from, to) => (apart.has(from) === apart.has(to) ? perfect : undefined),
  }
  const voted: string[] = []
  const membership = new ClusterMembership(() => {})
  membership.install(clusterOfAll('test', nodes))
  const corosync = new Corosync({
    nodes,
    membership,
    scheduler: clock,
    random: seededRandom(seed),
    parameters: worldParameters(),
    linkCount: links,
    pathOf: (link, from, to) => ways.pathOf(link, from, to),
    isAwake: () => true,
    log: (node, message) => log.push({ ms: clock.nowMs(), node, message }),
    membershipChanged: () => {},
    quorumChanged: (node) => voted.push(node),
    ringHealed: (node) => healed.push(node),
  })
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  const run = (act: () => Promise<void>) =>
    clock.run(async () => {
      for (const node of nodes) corosync.start(node)
      await seconds(20)
      await act()
    })
  const linesWith = (text: string) => log.filter(({ message }) => message.includes(text)).length
  return { clock, corosync, nodes, apart, ways, healed, voted, log, linesWith, seconds, run }
}

describe('corosync', () => {
  it.each([
    [2, 3000, 3600, 2],
    [3, 3650, 4380, 2],
    [5, 4950, 5940, 3],
  ])('waits longer the more nodes there are: %i nodes', (count, tokenMs, consensusMs, votesNeeded) => {
    const { corosync } = ringOf(count)
    expect(corosync).toMatchObject({ tokenMs, consensusMs })
    expect(corosync.votesNeeded('a')).toBe(votesNeeded)
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
    const { corosync, nodes, apart, healed, linesWith, seconds, run } = ringOf(3)
    await run(async () => {
      const membershipsBefore = linesWith('A new membership')
      apart.add('c')
      corosync.reconsider()
      await seconds(1.5)
      apart.clear()
      corosync.reconsider()
      expect(corosync.isForming('a')).toBe(false)
      expect(healed).toEqual(nodes)
      await seconds(20)
      expect(corosync.membersSeenBy('a')).toEqual(nodes)
      expect(linesWith('A new membership')).toBe(membershipsBefore)
    })
  })

  it('forms a ring of the same members when the lost node is heard again while they gather', async () => {
    const { corosync, nodes, apart, linesWith, seconds, run } = ringOf(3)
    await run(async () => {
      apart.add('c')
      corosync.reconsider()
      await seconds(5)
      const membershipsBefore = linesWith('A new membership')
      apart.clear()
      corosync.reconsider()
      // Their links are up again after two pings, and then they agree.
      await seconds(2)
      expect(corosync.isForming('a')).toBe(true)
      await seconds(0.9)
      expect(corosync.isForming('a')).toBe(false)
      expect(corosync.membersSeenBy('c')).toEqual(nodes)
      expect(linesWith('A new membership')).toBe(membershipsBefore + nodes.length)
      expect(linesWith('Failed to receive the leave message')).toBe(0)
    })
  })

  it.each([
    [1.4, 'before two pings are lost: nobody notices', []],
    [3, 'with links down: the token is lost, the same members form a ring', ['A processor failed', 'a b c']],
    [
      6.5,
      'before consensus, but its links are not up by then: it leaves and comes back',
      ['A processor failed', 'a b', 'a b c'],
    ],
  ])('takes a way that is gone for %s s %s', async (gone, _, expected) => {
    const { corosync, apart, log, seconds, run } = ringOf(3)
    await run(async () => {
      const from = log.length
      apart.add('c')
      corosync.reconsider()
      await seconds(gone)
      apart.clear()
      corosync.reconsider()
      await seconds(30)
      const names = (ids: string) => Array.from(ids, (id) => ' abc'[Number(id)] ?? id).join('')
      const said = log.slice(from).flatMap(({ node, message }) => {
        if (node !== 'a') return []
        const [, ids] = /^\[QUORUM\] Members\[\d\]: (.*)$/.exec(message) ?? []
        if (ids !== undefined) return [names(ids)]
        return message.includes('A processor failed') ? ['A processor failed'] : []
      })
      expect(said).toEqual(expected)
    })
  })

  it('says what the recorded one says when a node is cut off, in its order', async () => {
    const { corosync, apart, log, seconds, run } = ringOf(3)
    await run(async () => {
      const from = log.length
      apart.add('b')
      corosync.reconsider()
      await seconds(15)
      expect(log.slice(from).flatMap(({ node, message }) => (node === 'c' ? [message] : []))).toEqual([
        '[KNET  ] link: host: 2 link: 0 is down',
        '[KNET  ] host: host: 2 (passive) best link: 0 (pri: 1)',
        '[KNET  ] host: host: 2 has no active links',
        '[TOTEM ] Token has not been received in 2737 ms',
        '[TOTEM ] A processor failed, forming new configuration: token timed out (3650ms), waiting 4380ms for consensus.',
        '[QUORUM] Sync members[2]: 1 3',
        '[QUORUM] Sync left[1]: 2',
        expect.stringMatching(/^\[TOTEM \] A new membership \(1\.[0-9a-f]+\) was formed\. Members left: 2$/),
        '[TOTEM ] Failed to receive the leave message. failed: 2',
        '[QUORUM] Members[2]: 1 3',
      ])
    })
  })

  it('goes on with any link that is left', async () => {
    const { corosync, nodes, ways, linesWith, seconds, run } = ringOf(3, { links: 2 })
    await run(async () => {
      ways.pathOf = (link, from, to) => (link === 0 && [from, to].includes('b') ? undefined : perfect)
      corosync.reconsider()
      await seconds(30)
      expect(corosync.membersSeenBy('a')).toEqual(nodes)
      expect(linesWith('link: 0 is down')).toBe(4)
      expect(linesWith('host: host: 2 (passive) best link: 1')).toBeGreaterThan(0)
      expect(linesWith('host: host: 2 has no active links')).toBe(0)
      ways.pathOf = (_link, from, to) => ([from, to].includes('b') ? undefined : perfect)
      corosync.reconsider()
      await seconds(15)
      expect(corosync.membersSeenBy('a')).toEqual(['a', 'c'])
    })
  })

  it('leaves a node out for good that one member alone cannot hear', async () => {
    const { corosync, ways, linesWith, seconds, run } = ringOf(3)
    await run(async () => {
      ways.pathOf = (_link, from, to) =>
        `${from}${to}` === 'ab' || `${from}${to}` === 'ba' ? undefined : perfect
      corosync.reconsider()
      await seconds(15)
      expect(corosync.membersSeenBy('c')).toEqual(['a', 'c'])
      expect(corosync.membersSeenBy('b')).toEqual(['b'])
      const memberships = linesWith('A new membership')
      await seconds(600)
      expect(linesWith('A new membership')).toBe(memberships)
    })
  })

  it('does not need a way between members that do not pass the token to each other', async () => {
    const { corosync, nodes, ways, seconds, run } = ringOf(5)
    await run(async () => {
      ways.pathOf = (_link, from, to) =>
        `${from}${to}` === 'ac' || `${from}${to}` === 'ca' ? undefined : perfect
      corosync.reconsider()
      await seconds(60)
      expect(corosync.membersSeenBy('a')).toEqual(nodes)
    })
  })

  it.each([
    [3, 0.3, 3],
    // Answers to the pings of links take longer than their time-out.
    [3, 0.95, 1],
    [16, 0.7, 16],
    // A round of all sixteen takes longer than the token time-out of 12.1 s.
    [16, 0.8, 15],
  ])('keeps who the token reaches in time: %i nodes, %d s a hop, %i members', async (count, hop, members) => {
    const { corosync, ways, seconds, run } = ringOf(count)
    await run(async () => {
      ways.pathOf = () => ({ ...perfect, latencyMs: hop * 1000 })
      corosync.reconsider()
      await seconds(60)
      expect(corosync.membersSeenBy('a')).toHaveLength(members)
    })
  })

  it('loses members more often the more packets are lost, and gets them back', async () => {
    const tokenLosses = async (loss: number) => {
      const { corosync, ways, linesWith, nodes, seconds, run } = ringOf(3)
      await run(async () => {
        ways.pathOf = () => ({ ...perfect, loss })
        corosync.reconsider()
        await seconds(6 * 3600)
        ways.pathOf = () => perfect
        corosync.reconsider()
        await seconds(60)
        expect(corosync.membersSeenBy('a')).toEqual(nodes)
      })
      return linesWith('A processor failed') / nodes.length
    }
    const [none, little, some, much] = [
      await tokenLosses(0),
      await tokenLosses(0.01),
      await tokenLosses(0.05),
      await tokenLosses(0.15),
    ]
    expect(none).toBe(0)
    expect(little).toBeLessThan(some)
    expect(some).toBeGreaterThan(10)
    expect(much).toBeGreaterThan(3 * some)
  })

  it('is quorate alone when told to expect one vote, until it meets those who expect all', async () => {
    const { corosync, nodes, apart, voted, seconds, run } = ringOf(3)
    await run(async () => {
      apart.add('c')
      corosync.reconsider()
      await seconds(15)
      expect(corosync.setExpectedVotes('c', 2)).toBe(false)
      expect(corosync.isQuorate('c')).toBe(false)
      expect(corosync.setExpectedVotes('c', 1)).toBe(true)
      expect(corosync.isQuorate('c')).toBe(true)
      expect(voted).toEqual(['c'])
      apart.clear()
      corosync.reconsider()
      await seconds(5)
      expect(nodes.map((node) => corosync.expectedVotes(node))).toEqual([3, 3, 3])
      expect(corosync.setExpectedVotes('a', 5)).toBe(true)
      expect(corosync.setExpectedVotes('a', 6)).toBe(false)
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
