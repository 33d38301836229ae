import { expect, it } from 'vitest'
import { seededRandom } from '../../../base/seeded-random.ts'
import { VirtualClock } from '../../../base/virtual-clock.ts'
import { worldParameters } from '../parameters.ts'
import { CephCluster } from './ceph-cluster.ts'
import { missingOn } from './placement.ts'

it('a complete copy that the map places elsewhere takes all writes until the others are complete, also after a restart', async () => {
  const names = ['pve1', 'pve2', 'pve3']
  const clock = new VirtualClock()
  const cluster = new CephCluster({
    nodes: names,
    rules: { size: 2, minSize: 1 },
    guestCount: 8,
    scheduler: clock,
    random: seededRandom(1),
    parameters: worldParameters(),
    reaches: () => true,
    log: () => {},
    ioChanged: () => {},
  })
  const { osdMap, data } = cluster
  const seconds = (count: number) => clock.sleep(count * 1000)
  const restart = async (osd: number) => {
    osdMap.stopOsd(osd, 'killed')
    await seconds(20)
    osdMap.startOsd(osd, 1)
    await seconds(20)
  }
  await clock.run(async () => {
    for (const name of names) cluster.start(name, 1)
    await seconds(300)
    const groups = data.groups.filter(
      ({ poolId, acting }) => poolId === cluster.pools.guestPoolId && acting[0] === 0 && acting[1] === 1,
    )
    expect(groups.length).toBeGreaterThan(0)
    // Nobody copies anything: OSD 0 alone has all that is written while OSD 1 is away.
    for (const flag of ['norecover', 'nobackfill']) cluster.change(['osd', 'set', flag])
    osdMap.stopOsd(1, 'killed')
    await seconds(120)
    osdMap.startOsd(1, 1)
    await seconds(20)
    cluster.change(['osd', 'out', '0'])
    await seconds(20)
    for (const group of groups) expect(group).toMatchObject({ placed: [1, 2], spares: [0], lastWriters: [0] })
    await restart(0)
    const before = groups.map(({ written }) => written)
    await seconds(120)
    await restart(2)
    for (const [index, group] of groups.entries()) {
      expect(group.written).toBeGreaterThan(before[index] ?? 0)
      expect(group.spares).toEqual([0])
      expect(missingOn(group, 0)).toBe(0)
    }
  })
})
