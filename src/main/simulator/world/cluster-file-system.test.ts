import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { ClusterFileSystem } from './cluster-file-system.ts'
import { ClusterMembership, clusterOfAll } from './cluster-membership.ts'
import { Corosync } from './corosync.ts'
import { type WorldParameters, worldParameters } from './parameters.ts'

/** Nodes `a`, `b`, `c`, all started; those in `apart` reach only each other. */
function cluster(parameters: Partial<WorldParameters> = {}) {
  const clock = new VirtualClock()
  const nodes = ['a', 'b', 'c']
  const apart = new Set<string>()
  const membership = new ClusterMembership(() => {})
  membership.install(clusterOfAll('test', nodes))
  const common = {
    nodes,
    membership,
    scheduler: clock,
    parameters: worldParameters(parameters),
    log: () => {},
  }
  const corosync: Corosync = new Corosync({
    ...common,
    random: seededRandom(1),
    linkCount: 1,
    isAwake: () => true,
    pathOf: (_link, from, to) =>
      apart.has(from) === apart.has(to) ? { latencyMs: 0, loss: 0, bandwidthMbps: 1000 } : undefined,
    membershipChanged: (node) => shared.membershipChanged(node),
    quorumChanged: (node) => shared.votesChanged(node),
    ringHealed: () => {},
  })
  const shared = new ClusterFileSystem({
    ...common,
    random: seededRandom(2),
    corosync,
    quorumChanged: () => {},
    lockReleased: () => {},
  })
  const start = (node: string) => {
    shared.start(node)
    corosync.start(node)
  }
  const crash = (node: string) => {
    shared.stop(node)
    corosync.stop(node)
  }
  const split = (...away: string[]) => {
    apart.clear()
    for (const node of away) apart.add(node)
    corosync.reconsider()
  }
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  const run = (act: () => Promise<void>) =>
    clock.run(async () => {
      for (const node of nodes) start(node)
      await seconds(10)
      await act()
    })
  return { corosync, shared, start, crash, split, seconds, run }
}

describe('the cluster file system', () => {
  it('shows every member what one of them wrote', async () => {
    const { shared, run } = cluster()
    await run(async () => {
      expect(shared.write('a', 'file', 1)).toBe(true)
      expect(['a', 'b', 'c'].map((node) => shared.read(node, 'file'))).toEqual([1, 1, 1])
    })
  })

  it('leaves a lock with its holder who renews it just after another asked for it', async () => {
    const { shared, seconds, run } = cluster({ lockUnlockInTime: 0 })
    await run(async () => {
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('acquired')
      await seconds(121)
      expect(shared.acquireLock('b', 'lock', 'b')).toBe('requested')
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('renewed')
      await seconds(1)
      expect(shared.acquireLock('c', 'lock', 'c')).toBe('refused')
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('renewed')
    })
  })

  it('has two truths and two holders of one lock when both sides of a split are told they are quorate', async () => {
    const { corosync, shared, split, seconds, run } = cluster()
    await run(async () => {
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('acquired')
      split('a')
      await seconds(15)
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('refused')
      corosync.setExpectedVotes('a', 1)
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('renewed')
      expect(shared.write('a', 'file', 'one')).toBe(true)
      await seconds(110)
      while (shared.acquireLock('b', 'lock', 'b') !== 'acquired') await seconds(1)
      expect(shared.acquireLock('a', 'lock', 'a')).toBe('renewed')
      expect(shared.write('b', 'file', 'other')).toBe(true)
      expect(['a', 'b', 'c'].map((node) => shared.read(node, 'file'))).toEqual(['one', 'other', 'other'])
    })
  })

  it('refuses writes without quorum and reads what was known before, until it has joined again', async () => {
    const { shared, split, seconds, run } = cluster()
    await run(async () => {
      shared.write('a', 'file', 1)
      split('c')
      expect(shared.write('c', 'file', 'while the loss is not yet agreed on')).toBe(false)
      await seconds(15)
      expect(shared.write('c', 'file', 'alone')).toBe(false)
      expect(shared.write('a', 'file', 2)).toBe(true)
      expect(shared.read('c', 'file')).toBe(1)
      expect(shared.isOnline('a', 'c')).toBe(false)
      split()
      await seconds(10)
      expect(shared.read('c', 'file')).toBe(2)
      expect(shared.isOnline('a', 'c')).toBe(true)
    })
  })

  it('shows a dead node as online until the ring is one without it', async () => {
    const { shared, crash, seconds, run } = cluster()
    await run(async () => {
      crash('b')
      await seconds(7)
      expect(shared.isOnline('a', 'b')).toBe(true)
      await seconds(3)
      expect(shared.isOnline('a', 'b')).toBe(false)
    })
  })

  it('keeps a lock for 120 s after its last renewal, then frees it for the attempt after next', async () => {
    const { shared, seconds, run } = cluster()
    await run(async () => {
      expect(shared.acquireLock('b', 'lock', 'b')).toBe('acquired')
      await seconds(60)
      expect(shared.acquireLock('b', 'lock', 'b')).toBe('renewed')
      await seconds(119)
      expect(shared.acquireLock('c', 'lock', 'c')).toBe('refused')
      await seconds(2)
      expect(shared.acquireLock('c', 'lock', 'c')).toBe('requested')
      await seconds(1)
      expect(shared.acquireLock('c', 'lock', 'c')).toBe('acquired')
      expect(shared.acquireLock('b', 'lock', 'b')).toBe('refused')
    })
  })

  it('gives a released lock to the next who asks', async () => {
    const { shared, run } = cluster()
    await run(async () => {
      shared.acquireLock('b', 'lock', 'b')
      expect(shared.releaseLock('c', 'lock', 'c')).toBe(false)
      expect(shared.releaseLock('b', 'lock', 'b')).toBe(true)
      expect(shared.acquireLock('c', 'lock', 'c')).toBe('acquired')
    })
  })

  it('lets a node that was started again wait for its own old lock', async () => {
    const { shared, start, crash, seconds, run } = cluster()
    await run(async () => {
      shared.acquireLock('c', 'lock', 'c')
      crash('c')
      await seconds(20)
      start('c')
      await seconds(10)
      expect(shared.acquireLock('c', 'lock', 'c started again')).toBe('refused')
      await seconds(91)
      expect(shared.acquireLock('c', 'lock', 'c started again')).toBe('requested')
    })
  })

  it('counts the life of locks anew when the member with the lowest id has started', async () => {
    const { shared, start, crash, seconds, run } = cluster()
    await run(async () => {
      shared.acquireLock('c', 'lock', 'c')
      crash('a')
      await seconds(100)
      start('a')
      await seconds(30)
      expect(shared.acquireLock('b', 'lock', 'b')).toBe('refused')
      await seconds(91)
      expect(shared.acquireLock('b', 'lock', 'b')).toBe('requested')
    })
  })
})
