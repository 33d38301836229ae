/** Health checks of settings, of a fresh cluster and under limits of memory, word for word as recorded. */
import { describe, expect, it } from 'vitest'
import { benchNodes, CephBench } from '../../../testing/ceph-bench.ts'
import { hasRecordedCeph, recordedText } from '../../../testing/recorded-ceph.ts'
import type { ClusterSettings, PoolSettings } from './cluster-settings.ts'

const mebibyte = 1024 * 1024

interface RecordedHealth {
  readonly status: string
  readonly checks: Record<string, unknown>
}

function recordedHealth(scenario: string, step: string): RecordedHealth {
  return JSON.parse(recordedText(scenario, `${step}-health-detail.json`)) as RecordedHealth
}

function disks(
  settings: ClusterSettings,
  availPercent: number,
  storeMiB: readonly number[] = [27, 28, 28],
): void {
  benchNodes.forEach((node, index) => {
    settings.monitorDisks.set(node, { availPercent, storeBytes: (storeMiB[index] ?? 28) * mebibyte })
  })
}

function changePool(bench: CephBench, changes: Partial<PoolSettings>): void {
  const { pools } = bench.cluster.settings
  const index = pools.findIndex(({ name }) => name === 'vmpool')
  pools[index] = { ...(pools[index] as PoolSettings), ...changes }
}

const odd = {
  id: 3,
  name: 'odd',
  size: 3,
  minSize: 2,
  pgNum: 17,
  application: 'rbd',
  autoscale: 'on',
  quotaBytes: 0,
} as const

/** What was done before each recorded step of the series. */
const steps: Readonly<Record<string, (bench: CephBench) => void>> = {
  'a-mon-disk-low': ({ cluster: { settings } }) => disks(settings, 19),
  'b-mon-disk-crit': ({ cluster: { settings } }) => {
    settings.thresholds.monDataAvailCrit = 25
    disks(settings, 19)
  },
  'c-mon-disk-big': ({ cluster: { settings } }) => {
    settings.thresholds.monDataSizeWarn = 1_000_000
    const recorded = JSON.stringify(recordedHealth('11-misc-warnings', 'c-mon-disk-big'))
    const sizes = [...recorded.matchAll(/is (\d+) MiB >=/g)].map(([, size]) => Number(size))
    disks(settings, 60, sizes)
  },
  'd-insecure-reclaim': ({ cluster: { settings } }) => {
    settings.thresholds.allowInsecureGlobalIdReclaim = true
  },
  'e-not-power-of-two-no-app': ({ cluster }) => cluster.pools.create({ ...odd, application: '' }),
  'f-no-redundancy': ({ cluster }) => cluster.pools.create({ ...odd, size: 1, minSize: 1 }),
  'g-too-many-pgs-per-osd': ({ cluster: { settings } }) => {
    settings.thresholds.monMaxPgPerOsd = 20
  },
  'h-too-few-pgs-per-osd': ({ cluster: { settings } }) => {
    settings.thresholds.monPgWarnMinPerOsd = 100
  },
  'i-autoscaler-pool-too-few-pgs': (bench) => changePool(bench, { autoscale: 'warn', wantedPgNum: 128 }),
  'j-pool-quota-full': (bench) =>
    changePool(bench, { autoscale: 'warn', wantedPgNum: 128, quotaBytes: mebibyte }),
  'k-muted': (bench) => {
    changePool(bench, { autoscale: 'warn', wantedPgNum: 128 })
    bench.ask('osd', 'set', 'noscrub')
    bench.ask('health', 'mute', 'OSDMAP_FLAGS', '10m')
    bench.ask('health', 'mute', 'TOO_FEW_OSDS', '5m', '--sticky')
  },
  'o-recent-crash': ({ cluster: { settings } }) => {
    settings.crashes.push('osd.2 crashed on host node3 at 2026-11-20T11:49:22.048253Z')
  },
  'p-osd-out-manual': (bench) => {
    bench.ask('osd', 'out', '2')
  },
  'r-pool-app-not-enabled': ({ cluster }) => {
    cluster.pools.create({ ...odd, name: 'noapp', pgNum: 16, application: '' })
    cluster.data.write(3, 4, mebibyte)
  },
}

describe.skipIf(!hasRecordedCeph)('recorded warnings (skipped without KUORUM_CEPH_FIXTURES)', () => {
  it.each(Object.entries(steps))(
    '%s: same checks with text, severity, count and details',
    async (step, act) => {
      const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
        act(each)
        each.cluster.settingsChanged()
        await each.until(20)
      })
      const { status, checks } = recordedHealth('11-misc-warnings', step)
      expect(bench.json('health', 'detail')).toMatchObject({ status, checks })
      expect(Object.keys((bench.json('health', 'detail') as RecordedHealth).checks)).toEqual(
        Object.keys(checks),
      )
    },
  )

  it('k-muted: the muted checks stand in one line of the status', async () => {
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      steps['k-muted']?.(each)
      each.cluster.settingsChanged()
      await each.until(30)
    })
    const line = '(muted: OSDMAP_FLAGS(9m) TOO_FEW_OSDS(4m))'
    expect(recordedText('11-misc-warnings', 'k-muted-status-plain.txt')).toContain(line)
    expect(bench.text('-s')).toContain(`            ${line}\n`)
  })

  it('l, m, n: managers killed are missed after their grace, and commands that need one are silent', async () => {
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      for (const node of benchNodes) each.cluster.managers.stop(node, false)
      await each.until(5.5)
      expect(each.json('health', 'detail')).toMatchObject(
        recordedHealth('11-misc-warnings', 'l-mgrs-killed-5s'),
      )
      await each.until(37)
      expect(each.ask('pg', 'stat')).toEqual({ kind: 'silent' })
      expect(each.ask('osd', 'df')).toEqual({ kind: 'silent' })
      expect(each.json('mgr', 'stat')).toMatchObject({ available: false, active_name: '', num_standby: 0 })
      expect(each.text('-s')).toMatch(/mgr: no daemons active \(since \d+(\.\d+)?s\)/)
      expect(each.json('health', 'detail')).toMatchObject(recordedHealth('11-misc-warnings', 'm-mgr-down'))
      for (const node of benchNodes) each.cluster.managers.start(node)
      await each.until(46.2)
    })
    expect(bench.json('mgr', 'stat')).toMatchObject({ available: true, num_standby: 2 })
  })

  it.each([
    ['a-mons-only', 25],
    ['b-mgr-started', 44],
    ['c-too-few-osds', 99],
  ] as const)('01-fresh %s: a cluster without OSDs after %i s', async (step, second) => {
    const options = { seed: 1, osdsPerNode: 0, withoutManagers: true }
    const thresholds = { allowInsecureGlobalIdReclaim: true }
    const bench = await new CephBench({ ...options, thresholds }).replay(async (each) => {
      disks(each.cluster.settings, 29)
      await each.until(39)
      if (second > 39) for (const node of ['node3', 'node1', 'node2']) each.cluster.managers.start(node)
      await each.until(second)
      each.cluster.settingsChanged()
    })
    const { status, checks } = recordedHealth('01-fresh', step)
    expect(bench.json('health', 'detail')).toMatchObject({ status, checks })
    expect(bench.json('osd', 'tree')).toEqual(
      JSON.parse(recordedText('01-fresh', 'a-mons-only-osd-tree.json')),
    )
    const lines = (text: string) =>
      text.split('\n').filter((line) => /osd:|pools:|objects:|usage:|pgs:/.test(line))
    expect(lines(bench.text('-s'))).toEqual(lines(recordedText('01-fresh', `${step}-status-plain.txt`)))
  })

  it('02-healthy: the tree, and all groups clean', async () => {
    const bench = await new CephBench({ seed: 1 }).replay((each) => each.until(5))
    expect(bench.text('osd', 'tree')).toBe(recordedText('02-healthy', 'c-idle-with-data-osd-tree-plain.txt'))
    expect(bench.text('health', 'detail')).toBe(
      recordedText('02-healthy', 'c-idle-with-data-health-detail-plain.txt'),
    )
    expect(bench.json('status')).toMatchObject({
      health: { status: 'HEALTH_OK' },
      pgmap: { pgs_by_state: [{ state_name: 'active+clean', count: 33 }] },
    })
  })

  it.each([2048, 1024, 768, 640, 512, 400])(
    '12-memory-limit: %i MiB kill whom they killed',
    async (limitMiB) => {
      const text = recordedText('12-memory-limit', 'a-results.txt')
      const part = text.split('== limit ').find((each) => each.startsWith(`${limitMiB} `)) ?? ''
      const alive = /alive: ([^\n]*)/.exec(part)?.[1] ?? ''
      const bench = await new CephBench({ seed: 1, objects: 3000 }).replay(async (each) => {
        each.cluster.memory.set('node2', limitMiB)
        await each.until(5)
        each.write(100, mebibyte)
        await each.until(10)
        each.stopOsd(1, 'killed')
        await each.until(20)
        each.write(300, mebibyte)
        each.startOsd(1)
        await each.until(60)
      })
      expect(bench.cluster.managers.isRunning('node2')).toBe(alive.includes('mgr.node2'))
      expect(bench.cluster.osdMap.osds[1]?.process === 'serving').toBe(alive.includes('osd.1'))
    },
  )

  it('13-rbd-failover-integrity: a writer stalls as long as the recorded one when an OSD host freezes', async () => {
    const recorded = recordedText('13-rbd-failover-integrity', 'f-osd-host-frozen-writer-log.txt')
    const slow = [...recorded.matchAll(/"ev": "slow", "seq": \d+, "d": ([\d.]+)/g)].map(([, d]) => Number(d))
    const stall = Math.max(...slow)
    const bench = await new CephBench({ seed: 1 }).replay(async (each) => {
      each.stopOsd(2, 'lost')
      await each.until(60)
    })
    expect(Math.abs((bench.stalls[0]?.seconds ?? 0) - stall)).toBeLessThan(4)
  })
})
