import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import type { Group } from '../ha/cluster-data.ts'
import {
  changeService,
  putService,
  queueCrmCommand,
  readGroups,
  readRules,
  readServices,
  writeGroups,
} from './shared-files.ts'
import { World } from './world.ts'

const lab = labOf({ node: { cephDiskGB: 0 } })

/** A lab at rest whose guest is then put into a group. */
async function inGroup(
  pveVersion: string,
  group: Partial<Group> & Pick<Group, 'nodes'>,
  act: (place: {
    world: World
    seconds: (amount: number) => Promise<void>
    said: (text: string) => number
    host: () => string | undefined
  }) => Promise<void>,
) {
  const clock = new VirtualClock()
  const world = new World({
    lab,
    group: 'treatment',
    scheduler: clock,
    random: seededRandom(3),
    pveVersion,
  })
  const log: string[] = []
  world.onLog(({ message }) => log.push(message))
  world.switchOn()
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  await clock.run(async () => {
    await seconds(300)
    writeGroups(world.shared, 'pve1', [{ id: 'g', restricted: false, nofailback: false, ...group }])
    const service = readServices(world.shared, 'pve1')['vm:100']
    if (service !== undefined) putService(world.shared, 'pve1', 'vm:100', { ...service, group: 'g' })
    await seconds(60)
    await act({
      world,
      seconds,
      said: (text) => log.filter((message) => message.includes(text)).length,
      host: () => world.guest('vm:100').host,
    })
  })
}

const prefers2 = [
  { node: 'pve2', priority: 2 },
  { node: 'pve1', priority: 1 },
]

describe('the HA manager of release 8', () => {
  it('follows the priorities of a group, back and forth, and never turns it into a rule', async () => {
    await inGroup('8.4.21', { nodes: prefers2 }, async ({ world, seconds, said, host }) => {
      expect(host()).toBe('pve2')
      world.node('pve2').cutPower()
      await seconds(200)
      expect(host()).toBe('pve1')
      world.node('pve2').powerOn()
      await seconds(200)
      expect(host()).toBe('pve2')
      expect(said('ha group')).toBe(0)
      expect(readGroups(world.shared, 'pve1')).toHaveLength(1)
    })
  })

  it('stays where it is with nofailback', async () => {
    await inGroup('8.4.21', { nodes: prefers2, nofailback: true }, async ({ host }) => {
      expect(host()).toBe('pve1')
    })
  })

  it('recovers nowhere outside a restricted group, anywhere outside another', async () => {
    for (const restricted of [true, false]) {
      const nodes = [{ node: 'pve1', priority: 0 }]
      await inGroup('8.4.21', { nodes, restricted }, async ({ world, seconds, said, host }) => {
        world.node('pve1').cutPower()
        await seconds(220)
        expect(said('no recovery node found') > 0).toBe(restricted)
        expect(host() === undefined).toBe(restricted)
      })
    }
  })

  it('cannot be disarmed', async () => {
    await inGroup('8.4.21', { nodes: prefers2 }, async ({ world, seconds, said }) => {
      queueCrmCommand(world.shared, 'pve1', 'disarm-ha freeze')
      await seconds(30)
      expect(said('unable to parse crm command: disarm-ha freeze')).toBe(1)
    })
  })
})

describe('the HA manager of release 9', () => {
  it('turns a group into a rule and follows that', async () => {
    await inGroup('9.1.1', { nodes: prefers2 }, async ({ world, seconds, said, host }) => {
      await seconds(60)
      expect(said('ha groups migration successful')).toBe(1)
      expect(readGroups(world.shared, 'pve1')).toEqual([])
      expect(readRules(world.shared, 'pve1')).toMatchObject([{ id: 'ha-group-g', resources: ['vm:100'] }])
      expect(host()).toBe('pve2')
      changeService(world.shared, 'pve1', 'vm:100', { failback: false })
      world.node('pve2').cutPower()
      await seconds(200)
      world.node('pve2').powerOn()
      await seconds(200)
      expect(host()).toBe('pve1')
    })
  })
})
