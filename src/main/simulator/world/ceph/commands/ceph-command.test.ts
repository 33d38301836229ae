import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../base/seeded-random.ts'
import { VirtualClock } from '../../../../base/virtual-clock.ts'
import { worldParameters } from '../../parameters.ts'
import { CephCluster } from '../ceph-cluster.ts'
import type { Osd } from '../osd.ts'
import { cephCommand } from './ceph-command.ts'
import { ageText, bytesText, countText } from './number-text.ts'

const nodes = ['pve1', 'pve2', 'pve3']
const load = { readBytes: 0, writeBytes: 40_960, readOperations: 0, writeOperations: 10 }

function json(cluster: CephCluster, ...argv: string[]): unknown {
  const answer = cephCommand(cluster, 'pve1', [...argv, '-f', 'json'])
  return answer.kind === 'answered' ? JSON.parse(answer.stdout) : answer
}

function text(cluster: CephCluster, ...argv: string[]): string {
  const answer = cephCommand(cluster, 'pve1', argv)
  return answer.kind === 'answered' ? answer.stdout : answer.kind
}

/** At rest, then what `act` does to it, with its clock. */
async function restingCluster(
  act: (cluster: CephCluster, clock: VirtualClock) => Promise<void> = async () => {},
): Promise<CephCluster> {
  const clock = new VirtualClock()
  const cluster = new CephCluster({
    nodes,
    rules: { size: 3, minSize: 2 },
    guestCount: 4,
    scheduler: clock,
    random: seededRandom(1),
    parameters: worldParameters(),
    reaches: () => true,
    clientLoad: (answersOn) => (answersOn('pve1') ? load : undefined),
    log: () => {},
    ioChanged: () => {},
  })
  await clock.run(async () => {
    for (const node of nodes) cluster.start(node, 1)
    await clock.sleep(300_000)
    await act(cluster, clock)
  })
  return cluster
}

describe('commands of a Ceph client', () => {
  it('prints a status in the recorded form', async () => {
    const answer = cephCommand(await restingCluster(), 'pve1', ['-s'])
    expect(answer).toMatchObject({ kind: 'answered', exitCode: 0 })
    const text = answer.kind === 'answered' ? answer.stdout : ''
    expect(text).toMatch(/^ {2}cluster:\n {4}id: {5}\S+\n {4}health: HEALTH_OK\n \n {2}services:\n/)
    expect(text).toContain('    mon: 3 daemons, quorum pve1,pve2,pve3 (age ')
    expect(text).toContain('    pgs:     33 active+clean\n \n')
  })

  it('begins JSON with an empty line, as the client does', async () => {
    const answer = cephCommand(await restingCluster(), 'pve1', ['osd', 'tree', '-f', 'json'])
    const text = answer.kind === 'answered' ? answer.stdout : ''
    expect(text.startsWith('\n{"nodes":[{"id":-1,"name":"default"')).toBe(true)
  })

  it("says of a pool what its clients do, and of the managers' own that there is nothing", async () => {
    const cluster = await restingCluster()
    expect(json(cluster, 'osd', 'pool', 'stats')).toEqual([
      { pool_name: 'device_health_metrics', pool_id: 1, recovery: {}, recovery_rate: {}, client_io_rate: {} },
      {
        pool_name: 'vmpool',
        pool_id: 2,
        recovery: {},
        recovery_rate: {},
        client_io_rate: { write_bytes_sec: 40_960, read_op_per_sec: 0, write_op_per_sec: 10 },
      },
    ])
    expect(text(cluster, 'osd', 'pool', 'stats')).toBe(
      'pool device_health_metrics id 1\n  nothing is going on\n\npool vmpool id 2\n  client io 40 KiB/s wr, 0 op/s rd, 10 op/s wr\n\n',
    )
  })

  it('names where each group is placed and who serves it, and beside it what was dumped', async () => {
    const cluster = await restingCluster(async ({ osdMap }, clock) => {
      osdMap.stopOsd(2, 'killed')
      await clock.sleep(60_000)
    })
    const { pg_stats: groups } = json(cluster, 'pg', 'dump', 'pgs_brief') as {
      pg_stats: { up: number[]; acting: number[]; acting_primary: number; state: string }[]
    }
    expect(groups).toHaveLength(33)
    for (const { up, acting, acting_primary: primary, state } of groups) {
      expect(new Set(up)).toEqual(new Set([0, 1]))
      expect([acting, acting[0]]).toEqual([up, primary])
      expect(state).toContain('undersized')
    }
    expect(cephCommand(cluster, 'pve1', ['pg', 'dump', 'pgs_brief'])).toMatchObject({
      stderr: 'dumped pgs_brief\n',
    })
  })

  it('sums the use of disks up in the tree', async () => {
    const { nodes: all } = json(await restingCluster(), 'osd', 'df', 'tree') as {
      nodes: { type: string; kb: number; kb_used: number }[]
    }
    const sum = (type: string, key: 'kb' | 'kb_used') =>
      all.filter((node) => node.type === type).reduce((total, node) => total + node[key], 0)
    for (const key of ['kb', 'kb_used'] as const) {
      expect(sum('host', key)).toBe(sum('osd', key))
      expect(sum('root', key)).toBe(sum('osd', key))
    }
  })

  it('counts on an OSD the groups it serves: none while it is down', async () => {
    const cluster = await restingCluster(async ({ osdMap }, clock) => {
      osdMap.stopOsd(2, 'killed')
      await clock.sleep(20_000)
    })
    const all = { pgs: 33, kb: 26_214_400 }
    expect(json(cluster, 'osd', 'df')).toMatchObject({ nodes: [all, all, { pgs: 0, kb: 26_214_400 }] })
  })

  it('has no figures of an OSD that was down when its manager took over', async () => {
    const cluster = await restingCluster(async ({ osdMap, managers }, clock) => {
      osdMap.stopOsd(2, 'killed')
      await clock.sleep(20_000)
      managers.stop(managers.active ?? '', true)
      await clock.sleep(20_000)
    })
    expect(json(cluster, 'osd', 'df')).toMatchObject({ nodes: [{ pgs: 33 }, { pgs: 33 }, { pgs: 0, kb: 0 }] })
    expect(json(cluster, 'df')).toMatchObject({ stats: { num_osds: 2, total_bytes: 50 * 1024 ** 3 } })
  })

  it('knows of no group while a new manager has not heard of them', async () => {
    const cluster = await restingCluster(async (each, clock) => {
      each.managers.stop(each.managers.active ?? '', true)
      while (each.managers.active === undefined) await clock.sleep(10)
    })
    const unheard = { pg_ready: false, pg_summary: { num_pg_by_state: [{ name: 'unknown', num: 33 }] } }
    expect(json(cluster, 'pg', 'stat')).toMatchObject(unheard)
    expect(json(cluster, 'status')).toMatchObject({ pgmap: { pgs_by_state: [{ count: 33 }] } })
  })

  it('shows what clients write, and for a while what they wrote before their disks stood still', async () => {
    const cluster = await restingCluster()
    expect(json(cluster, 'status')).toMatchObject({
      pgmap: { write_bytes_sec: 40_960, write_op_per_sec: 10 },
    })
    const shown: boolean[] = []
    await restingCluster(async (each, clock) => {
      for (const id of [1, 2]) each.osdMap.stopOsd(id, 'killed')
      for (const seconds of [10, 20]) {
        await clock.sleep(seconds * 1000)
        shown.push(JSON.stringify(json(each, 'status')).includes('write_bytes_sec'))
      }
    })
    expect(shown).toEqual([true, false])
  })

  it('counts monitors that are down among the versions, but no OSD or manager that is', async () => {
    const cluster = await restingCluster(async (each, clock) => {
      each.stop('pve3', 'killed')
      await clock.sleep(120_000)
    })
    const { mon, mgr, osd } = json(cluster, 'versions') as Record<string, Record<string, number>>
    expect([mon, mgr, osd].flatMap((counts) => Object.values(counts ?? {}))).toEqual([3, 2, 2])
  })

  it.each([
    ['nearfull', 2048],
    ['backfillfull', 4096],
    ['full', 2],
  ] as const)('flags its pools when a disk is %s', async (fullness, bit) => {
    const cluster = await restingCluster(async ({ osdMap }) => {
      osdMap.setFullness(osdMap.osds[0] as Osd, fullness)
    })
    const flags = (names: string, value: number) => ({ flags_names: names, flags: value })
    expect(json(cluster, 'osd', 'pool', 'ls', 'detail')).toMatchObject([
      flags(`hashpspool,${fullness}`, 1 + bit),
      flags(`hashpspool,${fullness},selfmanaged_snaps`, 8193 + bit),
    ])
  })

  it('is silent while no monitor answers', async () => {
    const cluster = await restingCluster()
    for (const node of nodes) cluster.monitors.stop(node, true)
    expect(cephCommand(cluster, 'pve1', ['health'])).toEqual({ kind: 'silent' })
  })

  it('refuses words that are no command', async () => {
    expect(cephCommand(await restingCluster(), 'pve1', ['osd', 'pray'])).toMatchObject({ exitCode: 22 })
  })
})

// Figures of a Ceph 16.2.15 cluster: 331350597 bytes were shown as 316 MiB, 3957 objects as 3.96k.
describe('numbers', () => {
  it.each([
    [331_350_597, '316 MiB'],
    [4_525_916_765, '4.2 GiB'],
    [80_530_636_800, '75 GiB'],
    [0, '0 B'],
    [139_910, '137 KiB'],
    [6_700, '6.5 KiB'],
  ])('prints %i bytes as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))
  it.each([
    [3957, '3.96k'],
    [84, '84'],
    [1117, '1.12k'],
  ])('prints a count of %i as %s', (count, text) => expect(countText(count)).toBe(text))
  it.each([
    [0.879512, '0.879512s'],
    [1.63485, '1.63485s'],
    [80.4, '80s'],
    [125, '2m'],
    [7300, '2h'],
  ])('prints an age of %f s as %s', (seconds, text) => expect(ageText(seconds)).toBe(text))
})
