import { describe, expect, it } from 'vitest'
import { CephBench } from '../../../testing/ceph-bench.ts'

const mebibyte = 1024 * 1024

// Texts and times in this file are those of a Ceph 16.2.15 cluster with three OSDs of 25 GiB.
describe('health of Ceph', () => {
  it('shows statistics of a killed OSD late: stale first, then degraded', async () => {
    const bench = await new CephBench({ seed: 1, objects: 389 }).replay(async (each) => {
      each.stopOsd(2, 'killed')
      await each.until(20)
    })
    const down = bench.rows.find(({ up }) => up === 2)
    expect(down?.t).toBeLessThan(1.6)
    expect(down?.pgs).toEqual({ 'active+clean': 33 })
    const last = bench.rows.at(-1)
    expect(last?.pgs).toEqual({ 'active+undersized+degraded': 32, 'active+undersized': 1 })
    expect(last?.checks).toEqual({
      OSD_DOWN: '1 osds down',
      OSD_HOST_DOWN: '1 host (1 osds) down',
      PG_DEGRADED: 'Degraded data redundancy: 389/1167 objects degraded (33.333%), 32 pgs degraded',
    })
  })

  it('freezes statistics while the active manager is dead', async () => {
    const bench = await new CephBench({ seed: 2, activeManager: 'node3' }).replay(async (each) => {
      each.killHost('node3')
      await each.until(70)
    })
    const lying = bench.rows.filter(({ t }) => t > 17 && t < 44)
    expect(lying.every(({ up, pgs }) => up === 2 && pgs['active+clean'] === 33)).toBe(true)
    expect(bench.rows.at(-1)?.pgs['active+undersized+degraded']).toBe(32)
  })

  it('keeps an OSD in and unrecovered as flags demand', async () => {
    const bench = await new CephBench({ seed: 3, objects: 3200 }).replay(async (each) => {
      each.ask('osd', 'set', 'noout')
      each.ask('osd', 'set', 'norecover')
      each.stopOsd(2, 'killed')
      await each.until(5)
      each.write(320, mebibyte)
      await each.until(700)
      each.startOsd(2)
      await each.until(900)
    })
    expect(bench.rows.every((row) => row.in === 3)).toBe(true)
    expect(bench.rows.at(-1)?.pgs).toEqual({ 'active+recovery_wait+degraded': 32, 'active+clean': 1 })
    expect(bench.rows.at(-1)?.deg).toBe(320)
  })

  it('stops writes when an OSD is full, and while the map says pause', async () => {
    const bench = await new CephBench({ seed: 4, diskGiB: 3, objects: 0 }).replay(async (each) => {
      each.write(664, 4 * mebibyte)
      await each.until(15)
      expect(each.cluster.diskAnswers('node1')).toBe(false)
      expect(each.rows.at(-1)?.health).toBe('HEALTH_ERR')
      each.ask('osd', 'set-full-ratio', '0.97')
      expect(each.cluster.diskAnswers('node1')).toBe(true)
      each.ask('osd', 'pause')
      expect(each.cluster.diskAnswers('node1')).toBe(false)
      each.ask('osd', 'unpause')
    })
    expect(bench.cluster.diskAnswers('node1')).toBe(true)
  })

  it('rebuilds on the sibling of the same host when an OSD of two goes out', async () => {
    const bench = await new CephBench({ seed: 5, osdsPerNode: 2, objects: 166 }).replay(async (each) => {
      each.stopOsd(5, 'lost')
      await each.until(700)
    })
    expect(bench.rows.at(-1)).toMatchObject({ up: 5, in: 5, health: 'HEALTH_OK' })
    for (const { placed } of bench.cluster.data.groups)
      expect(new Set(placed.map((id) => id >> 1)).size).toBe(3)
  })

  it('calls a clock skewed some seconds after its monitor has joined', async () => {
    const bench = await new CephBench({ seed: 6 }).replay(async (each) => {
      each.cluster.monitors.stop('node3', true)
      each.cluster.clocks.setOffset('node3', 2)
      await each.until(8)
      each.cluster.monitors.start('node3', 1)
      await each.until(16)
    })
    expect(bench.rows.at(-1)?.checks).toEqual({ MON_CLOCK_SKEW: 'clock skew detected on mon.node3' })
  })

  it('answers nothing that a manager has to answer while there is none', async () => {
    const bench = await new CephBench({ seed: 7 }).replay(async (each) => {
      for (const node of ['node1', 'node2', 'node3']) each.cluster.managers.stop(node, false)
      await each.until(40)
    })
    expect(bench.ask('osd', 'df')).toEqual({ kind: 'silent' })
    expect(bench.rows.at(-1)?.checks).toEqual({ MGR_DOWN: 'no active mgr' })
  })

  it('replaces a manager at once that was killed and started again, without being told that it was silent', async () => {
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      each.cluster.managers.stop('node1', false)
      await each.until(5)
      each.cluster.managers.start('node1')
      await each.until(15)
    })
    expect(bench.cluster.managers.active).toMatch(/node[23]/)
    expect(bench.cluster.managers.standbys).toContain('node1')
  })

  it('misses an OSD that nodown kept up at the next tick after it is unset; requests were slow until then', async () => {
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      each.ask('osd', 'set', 'nodown')
      each.stopOsd(2, 'killed')
      await each.until(100)
      each.ask('osd', 'unset', 'nodown')
      await each.until(120)
    })
    const down = bench.rows.find(({ up }) => up === 2)?.t ?? 0
    expect(down).toBeGreaterThan(100)
    expect(down).toBeLessThanOrEqual(106)
    const slow = bench.rows.find(({ checks }) => 'SLOW_OPS' in checks)?.t ?? 0
    expect(slow).toBeGreaterThan(30)
    expect(slow).toBeLessThan(80)
  })

  it('says nothing of OSDs that are all gone at once: nobody is left to report them', async () => {
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      for (const id of [0, 1, 2]) each.stopOsd(id, 'killed')
      await each.until(120)
    })
    expect(bench.rows.at(-1)).toMatchObject({ up: 3, health: 'HEALTH_OK', checks: {} })
  })

  it('shows as progress what follows an OSD that is marked in, and nothing else', async () => {
    const events: string[][] = []
    await new CephBench({ seed: 1, objects: 4000, parameters: { osdDownOut: [60, 65] } }).replay(
      async (each) => {
        const look = () => {
          const { progress_events } = each.json('status') as {
            progress_events: Record<string, { message: string }>
          }
          events.push(Object.values(progress_events).map(({ message }) => message.replace(/ \(.*/s, '')))
        }
        each.stopOsd(2, 'killed')
        await each.until(30)
        each.write(4000, mebibyte)
        each.startOsd(2)
        await each.until(50)
        look()
        await each.until(900)
        each.stopOsd(2, 'killed')
        await each.until(1000)
        each.write(4000, mebibyte)
        each.startOsd(2)
        for (const second of [1015, 1060, 2000]) {
          await each.until(second)
          look()
        }
      },
    )
    const all = 'Global Recovery Event'
    expect(events).toEqual([[], [all, 'Rebalancing after osd.2 marked in'], [all], []])
  })

  it('logs who failed after which silence, where it came up again, and a pause as one change', async () => {
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      each.stopOsd(2, 'lost')
      await each.until(40)
      each.startOsd(2)
      await each.until(60)
      each.ask('osd', 'pause')
    })
    const lines = bench.log.map((line) => line.replace(/^cluster /, ''))
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^\[INF\] osd\.2 failed \(root=default,host=node3\) \(2 reporters from different host after 2[2-5]\.\d{6} >= grace 20\.000000\)$/,
      ),
    )
    expect(lines).toContain('[INF] osd.2 [v2:10.10.10.13:6800/0,v1:10.10.10.13:6801/0] boot')
    expect(lines.filter((line) => line.includes('OSDMAP_FLAGS'))).toEqual([
      '[WRN] Health check failed: pauserd,pausewr flag(s) set (OSDMAP_FLAGS)',
    ])
  })
})
