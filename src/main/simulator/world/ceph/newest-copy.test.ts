import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../base/seeded-random.ts'
import { VirtualClock } from '../../../base/virtual-clock.ts'
import { worldParameters } from '../parameters.ts'
import { CephCluster } from './ceph-cluster.ts'
import { missingOn, type PlacementGroup, type PoolRules } from './placement.ts'

interface Bench {
  readonly cluster: CephCluster
  seconds(count: number): Promise<void>
  kill(osd: number): Promise<void>
  start(osd: number): Promise<void>
  /** Groups of the guests' pool that the map places there and nowhere else. */
  groupsOn(...osds: readonly number[]): readonly PlacementGroup[]
  serves(group: PlacementGroup): boolean
}

/** Hosts with an OSD each and eight guests that write, at rest; nothing is recovered unless a test says so. */
async function replay(rules: PoolRules, act: (bench: Bench) => Promise<void>, hosts = 4): Promise<void> {
  const names = Array.from({ length: hosts }, (_, index) => `pve${index + 1}`)
  const clock = new VirtualClock()
  const cluster = new CephCluster({
    nodes: names,
    rules,
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
  await clock.run(async () => {
    for (const name of names) cluster.start(name, 1)
    await seconds(300)
    for (const flag of ['norecover', 'nobackfill']) cluster.change(['osd', 'set', flag])
    await act({
      cluster,
      seconds,
      async kill(osd) {
        osdMap.stopOsd(osd, 'killed')
        cluster.reconsider()
        await seconds(10)
      },
      async start(osd) {
        osdMap.startOsd(osd, 1)
        await seconds(20)
      },
      groupsOn: (...osds) => {
        const groups = data.groups.filter(
          ({ poolId, placed }) =>
            poolId === cluster.pools.guestPoolId &&
            placed.length === osds.length &&
            osds.every((id) => placed.includes(id)),
        )
        expect(groups.length).toBeGreaterThan(0)
        return groups
      },
      serves: (group) => data.stateOf(data.groups.indexOf(group), false).isActive,
    })
  })
}

describe('a group whose newest copy is down', () => {
  it('waits for the OSD that wrote alone, after both copies had been away in turn without a write between', async () => {
    await replay({ size: 2, minSize: 1 }, async ({ cluster, seconds, kill, start, groupsOn, serves }) => {
      const groups = groupsOn(0, 1)
      // OSD 1 falls silent, which nobody knows yet, when OSD 0 is away for a moment: no group is served.
      cluster.osdMap.stopOsd(1, 'lost')
      cluster.reconsider()
      await kill(0)
      await start(0)
      await seconds(120)
      for (const group of groups) expect(group).toMatchObject({ acting: [0], lastWriters: [0] })
      await start(1)
      for (const group of groups) expect(missingOn(group, 1)).toBeGreaterThan(0)
      await kill(0)
      for (const group of groups) expect([group.acting, serves(group)]).toEqual([[1], false])
      await start(0)
      for (const group of groups) expect(serves(group)).toBe(true)
    })
  })

  it('waits for the one that wrote alone since the pool allows that', async () => {
    await replay({ size: 3, minSize: 2 }, async ({ cluster, seconds, kill, start, groupsOn, serves }) => {
      const groups = groupsOn(0, 1, 2)
      await kill(1)
      await kill(2)
      for (const group of groups) expect(serves(group)).toBe(false)
      const pool = cluster.settings.pools.find(({ id }) => id === cluster.pools.guestPoolId)
      cluster.change(['osd', 'pool', 'set', pool?.name ?? '', 'min_size', '1'])
      await seconds(60)
      for (const group of groups) expect([serves(group), group.lastWriters]).toEqual([true, [0]])
      await kill(0)
      await start(1)
      for (const group of groups) expect([group.acting, serves(group)]).toEqual([[1], false])
    })
  })

  it('waits for the one that wrote alone where the map places the group no longer', async () => {
    await replay({ size: 2, minSize: 1 }, async ({ cluster, seconds, kill, start, groupsOn, serves }) => {
      const groups = groupsOn(0, 1)
      for (const osd of ['0', '1']) cluster.change(['osd', 'out', osd])
      await seconds(20)
      for (const group of groups) expect(new Set(group.spares)).toEqual(new Set([0, 1]))
      await kill(1)
      await seconds(60)
      await kill(0)
      await start(1)
      for (const group of groups) {
        expect(serves(group)).toBe(false)
        expect(missingOn(group, 1)).toBeGreaterThan(0)
      }
      await start(0)
      for (const group of groups) expect([serves(group), group.spares]).toEqual([true, [0]])
    })
  })

  it('is not served by one that held it before and has dropped its copy', async () => {
    await replay({ size: 2, minSize: 1 }, async ({ cluster, seconds, kill, groupsOn, serves }) => {
      const groups = groupsOn(0, 1)
      cluster.change(['osd', 'out', '1'])
      cluster.change(['osd', 'unset', 'nobackfill'])
      cluster.change(['osd', 'unset', 'norecover'])
      await seconds(300)
      const moved = groups.filter(({ acting }) => acting.includes(0) && !acting.includes(1))
      expect(moved.length).toBeGreaterThan(0)
      for (const group of moved)
        expect([group.copies.has(1), group.lastWriters]).toEqual([false, group.acting])
      for (const osd of [0, 2, 3]) await kill(osd)
      cluster.change(['osd', 'in', '1'])
      for (const osd of ['0', '2', '3']) cluster.change(['osd', 'out', osd])
      await seconds(60)
      for (const group of moved) expect([group.acting, serves(group)]).toEqual([[1], false])
    })
  })
})

it('nothing is copied to an OSD that is dead, before its peers know that', async () => {
  await replay({ size: 2, minSize: 1 }, async ({ cluster, seconds, kill, start, groupsOn }) => {
    const groups = groupsOn(0, 1)
    await kill(1)
    await seconds(300)
    await start(1)
    const { recovery } = cluster.data
    cluster.change(['osd', 'unset', 'norecover'])
    await seconds(1)
    expect(recovery.rate).toBeGreaterThan(0)
    cluster.osdMap.stopOsd(1, 'lost')
    cluster.reconsider()
    const missing = groups.map((group) => missingOn(group, 1))
    expect(missing.some((objects) => objects > 0)).toBe(true)
    await seconds(15)
    expect(cluster.osdMap.osds[1]?.up).toBe(true)
    expect([recovery.rate, groups.map((group) => missingOn(group, 1))]).toEqual([0, missing])
  })
})

it('a complete copy that the map places elsewhere takes all writes until the others are complete, also after a restart', async () => {
  const act = async ({ cluster, seconds, kill, start, groupsOn }: Bench) => {
    const groups = groupsOn(0, 1).filter(({ acting }) => acting[0] === 0)
    expect(groups.length).toBeGreaterThan(0)
    // Nobody copies anything: OSD 0 alone has all that is written while OSD 1 is away.
    await kill(1)
    await seconds(110)
    await start(1)
    cluster.change(['osd', 'out', '0'])
    await seconds(20)
    for (const group of groups) expect(group).toMatchObject({ placed: [1, 2], spares: [0], lastWriters: [0] })
    await kill(0)
    await seconds(10)
    await start(0)
    const before = groups.map(({ written }) => written)
    await seconds(120)
    await kill(2)
    await seconds(10)
    await start(2)
    for (const [index, group] of groups.entries()) {
      expect(group.written).toBeGreaterThan(before[index] ?? 0)
      expect(group.spares).toEqual([0])
      expect(missingOn(group, 0)).toBe(0)
    }
  }
  await replay({ size: 2, minSize: 1 }, act, 3)
})
