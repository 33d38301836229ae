import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { labOf } from '../../testing/lab-of.ts'
import { watchedWorld } from '../invariants/invariant-monitor.ts'

function largeLab(nodes: number, guestCount: number): Lab {
  const guests = Array.from({ length: guestCount }, (_, index) => ({
    id: `${index % 2 === 0 ? 'vm' : 'ct'}:${100 + index}`,
    node: `pve${(index % nodes) + 1}`,
  }))
  return labOf({ nodes, guests })
}

function open(nodeCount: number, guestCount: number) {
  const scheduler = new DirectScheduler()
  const { world, monitor } = watchedWorld({
    lab: largeLab(nodeCount, guestCount),
    group: 'treatment',
    scheduler,
    random: seededRandom(nodeCount),
  })
  const log: { readonly seconds: number; readonly message: string }[] = []
  world.onLog(({ message }) => log.push({ seconds: scheduler.nowMs() / 1000, message }))
  world.switchOn()
  const until = (seconds: number) => scheduler.runUntil(seconds * 1000)
  const isWhole = () =>
    world.guests.every(({ reach }) => reach === 'serving') &&
    world.ceph.summary('pve1').health === 'HEALTH_OK' &&
    world.nodes.every(({ name }) => world.corosync.membersSeenBy(name).length === nodeCount)
  return { world, monitor, log, until, isWhole }
}

describe('labs of any promised size', () => {
  it.each([3, 4, 6, 9, 12, 16])(
    'of %i nodes boot, fail over and come back',
    (nodeCount) => {
      const { world, monitor, log, until, isWhole } = open(nodeCount, 2 * nodeCount)
      until(600)
      expect(isWhole()).toBe(true)
      const victim = world.nodes[nodeCount - 1]
      const lost = world.guests.filter(({ host }) => host === victim?.name)
      victim?.cutPower()
      until(1000)
      expect(lost.length).toBeGreaterThan(0)
      for (const guest of lost) expect(guest).toMatchObject({ reach: 'serving' })
      const tokenSeconds = (3000 + (nodeCount - 2) * 650) / 1000
      const left = log.find(
        ({ seconds, message }) => seconds > 600 && message.includes('Failed to receive the leave message'),
      )
      // The token was up to 0.45 s old; the consensus time-out is 1.2 times the token's.
      expect(left?.seconds).toBeGreaterThan(600 + 2.2 * tokenSeconds - 0.5)
      expect(left?.seconds).toBeLessThan(600 + 2.2 * tokenSeconds + 0.5)
      victim?.powerOn()
      until(2400)
      expect(isWhole()).toBe(true)
      expect(monitor.violations).toEqual([])
    },
    30_000,
  )

  it('of sixteen nodes keep quorum with nine of them, and lose it with eight', () => {
    const { world, until } = open(16, 4)
    until(600)
    const [nine, rest] = [world.nodes.slice(0, 9), world.nodes.slice(9)]
    for (const node of rest) node.cutPower()
    until(700)
    expect(nine.every(({ name }) => world.shared.isQuorate(name))).toBe(true)
    nine[8]?.cutPower()
    until(800)
    expect(world.nodes.some(({ name }) => world.shared.isQuorate(name))).toBe(false)
  })
})
