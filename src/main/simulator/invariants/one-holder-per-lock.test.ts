import { expect, it } from 'vitest'
import type { World } from '../world/world.ts'
import { oneHolderPerLock } from './one-holder-per-lock.ts'

const lock = 'ha_agent_pve2_lock'

/** A ring of two of three nodes; pve1's file system has joined or not. Seconds are those of the lab. */
function openRing() {
  let nowMs = 0
  const joined = new Set(['pve1', 'pve2'])
  const reported: string[] = []
  const world = {
    scheduler: { nowMs: () => nowMs },
    nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({ name })),
    node: () => ({ isFrozen: false }),
    ha: { lrmState: () => undefined, crmState: () => undefined },
    corosync: { membersSeenBy: () => ['pve1', 'pve2'], expectedVotes: () => 3 },
    shared: { isQuorate: (node: string) => joined.has(node) },
  } as unknown as World
  const { lockAsked } = oneHolderPerLock({ world, report: (_, observed) => reported.push(observed) })
  return {
    joined,
    reported,
    asks(second: number, node: string, process: string, outcome: 'acquired' | 'renewed') {
      nowMs = second * 1000
      lockAsked?.(lock, node, process, outcome)
    },
  }
}

it('a lock that is taken before its life is over is taken too early', () => {
  const { asks, reported } = openRing()
  asks(0, 'pve2', 'first', 'acquired')
  asks(10, 'pve2', 'first', 'renewed')
  asks(129, 'pve1', 'master', 'acquired')
  expect(reported).toEqual(['taken by pve1 119000 ms after pve2 renewed it'])
})

it('a renewal that only the holder wrote down, because the other member still boots, is lost with it', () => {
  const { asks, joined, reported } = openRing()
  asks(0, 'pve2', 'first', 'acquired')
  joined.delete('pve1')
  asks(10, 'pve2', 'first', 'renewed')
  joined.add('pve1')
  asks(121, 'pve2', 'second', 'acquired')
  expect(reported).toEqual([])
})
