import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import { schedulerOptionsOf } from './scheduler-figures.ts'
import { writeDatacenterFile } from './shared-files.ts'
import { World } from './world.ts'

/** One large guest on pve1, two small ones on pve2, and one to be moved on pve3. */
const lab = labOf({
  node: { cpus: 4, cephDiskGB: 0 },
  guests: [
    { ramMiB: 6144, cpus: 4, node: 'pve1' },
    { ramMiB: 256, node: 'pve2' },
    { ramMiB: 256, node: 'pve2' },
    { node: 'pve3' },
  ],
})

async function afterLossOf(
  node: string | undefined,
  crs: Record<string, string>,
  built = lab,
): Promise<World> {
  const clock = new VirtualClock()
  const world = new World({ lab: built, group: 'treatment', scheduler: clock, random: seededRandom(4) })
  world.switchOn()
  await clock.run(async () => {
    await clock.sleep(300_000)
    writeDatacenterFile(world.shared, 'pve1', { crs })
    await clock.sleep(60_000)
    if (node !== undefined) world.node(node).cutPower()
    await clock.sleep(200_000)
  })
  return world
}

describe('the resource scheduler', () => {
  it.each([
    ['counts guests by default', {}, 'pve1'],
    ['goes by sizes when static', { ha: 'static' }, 'pve2'],
    ['goes by use when dynamic', { ha: 'dynamic' }, 'pve2'],
  ])('%s', async (_, crs, chosen) => {
    const world = await afterLossOf('pve3', crs)
    expect(world.guest('vm:103').host).toBe(chosen)
  })

  it('moves guests live from a crowded node, and only if told to', async () => {
    const crowd = lab.guests.slice(1).map((guest) => ({ ...guest, node: 'pve1' }))
    const hostsWith = async (crs: Record<string, string>) => {
      const world = await afterLossOf(undefined, crs, { ...lab, guests: crowd })
      expect(world.guests.map((guest) => guest.reach)).toEqual(['serving', 'serving', 'serving'])
      return new Set(world.guests.map((guest) => guest.host))
    }
    expect(await hostsWith({ ha: 'static' })).toEqual(new Set(['pve1']))
    expect(await hostsWith({ ha: 'static', 'ha-auto-rebalance': '1' })).toEqual(
      new Set(['pve1', 'pve2', 'pve3']),
    )
  })

  it('reads its options as they are written, and leaves out what makes no sense', () => {
    expect(
      schedulerOptionsOf({
        ha: 'dynamic',
        'ha-rebalance-on-start': '1',
        'ha-auto-rebalance': 'off',
        'ha-auto-rebalance-margin': '0.2',
        'ha-auto-rebalance-threshold': 'much',
      }),
    ).toEqual({ ha: 'dynamic', rebalanceOnStart: true, autoRebalance: false, autoRebalanceMargin: 0.2 })
    expect(schedulerOptionsOf('static')).toEqual({})
  })
})
