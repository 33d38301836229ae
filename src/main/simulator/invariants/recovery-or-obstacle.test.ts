import { expect, it } from 'vitest'
import type { Lab, LabGuest } from '../../../shared/domain/lab.ts'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { queueCrmCommand } from '../world/shared-files.ts'
import type { World } from '../world/world.ts'
import { watchedWorld } from './invariant-monitor.ts'
import { obstacleOf } from './obstacles.ts'
import { recoverySeconds } from './recovery-or-obstacle.ts'

const guest = { ramMiB: 512, cpus: 1, diskGB: 4 }
const guests: readonly LabGuest[] = [
  { ...guest, id: 'ct:101', name: 'database', node: 'pve1' },
  {
    ...guest,
    id: 'ct:102',
    name: 'web',
    node: 'pve2',
    services: [{ name: 'web', kind: 'web', needs: ['ct:101'], restart: 'no' }],
  },
]

const lab: Lab = {
  name: 'recovery',
  laptop: { ramMiB: 65_536, threads: 32 },
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({
    name,
    ramMiB: 8192,
    cpus: 2,
    systemDiskGB: 50,
    cephDiskGB: 25,
  })),
  guests: [...guests],
  ceph: { size: 3, minSize: 2 },
}

/** A lab at rest to which something is done; then much more time than recovery may take passes. */
function longAfter(harm: (world: World) => void) {
  const scheduler = new DirectScheduler()
  const { world, monitor } = watchedWorld({ lab, group: 'treatment', scheduler, random: seededRandom(1) })
  world.switchOn()
  scheduler.runUntil(300_000)
  expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving'])
  harm(world)
  monitor.look()
  scheduler.runUntil(300_000 + 2 * recoverySeconds * 1000)
  return {
    reach: world.guest('ct:102').reach,
    obstacle: obstacleOf(world, world.guest('ct:102'), 'pve3'),
    violations: monitor.violations,
  }
}

it.each([
  [
    'a guest it needs is cut off from it',
    (world: World) => world.network.setPair('pve1', 'pve2', 'management', false),
    undefined,
  ],
  [
    'no ring lasts on a network that loses most packets',
    (world: World) => world.network.setQuality('cluster', { latencyMs: 994, lossPercent: 60 }),
    undefined,
  ],
  [
    'somebody stopped its service',
    (world: World) => world.guest('ct:102').services?.stop('web'),
    'service-stopped',
  ],
  [
    'its service died for good',
    (world: World) => world.guest('ct:102').services?.crash('web'),
    'service-stopped',
  ],
  [
    'somebody stopped the service it needs',
    (world: World) => world.guest('ct:101').services?.stop('web'),
    'needed-guest-away',
  ],
  [
    'the LRM of its node was asked to end just before it was to move',
    (world: World) => {
      world.guest('ct:102').kill()
      world.units.stop(world.node('pve2'), 'pve-ha-lrm')
      queueCrmCommand(world.shared, 'pve1', 'relocate ct:102 pve1')
    },
    'daemon-does-not-end',
  ],
  [
    'somebody has paused the writes of Ceph, where its disk and that of the guest it needs lie',
    (world: World) => {
      world.ceph.change(['osd', 'set', 'pause'])
      world.guest('ct:102').kill()
    },
    'needed-guest-away',
  ],
] as const)('a guest need not serve while %s', (_, harm, obstacle) => {
  const { reach, violations, ...found } = longAfter(harm)
  expect(reach).not.toBe('serving')
  expect(found.obstacle).toBe(obstacle)
  expect(violations).toEqual([])
})

it.each([
  ['nothing is in its way', () => {}],
  [
    'its disk does not answer though nobody holds Ceph back',
    (world: World) => {
      world.guest('ct:102').disk.answers = () => false
    },
  ],
  [
    'some other node never ends its shutdown',
    (world: World) => {
      world.agents.stopLocal = () => {}
      world.node('pve3').pressPowerButton()
    },
  ],
] as const)('a guest has to serve when %s', (_, harm) => {
  const { violations } = longAfter((world) => {
    harm(world)
    // A start that never ends.
    const broken = world.guest('ct:102')
    broken.kill()
    broken.start = () => {}
  })
  expect(violations.map(({ invariant, subject }) => `${invariant} ${subject}`)).toContain(
    'recovery-or-obstacle ct:102',
  )
})
