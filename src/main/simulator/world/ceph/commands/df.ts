import type { CephReport, PoolReport } from '../ceph-report.ts'
import { bytesText, countText } from './number-text.ts'
import { rawUse } from './status.ts'
import { column, textTable } from './text-table.ts'

/** The answer to `ceph df -f json`. */
export function dfJson(report: CephReport) {
  const { usedBytes, totalBytes } = rawUse(report)
  const osds = report.osds.filter(({ hasFigures }) => hasFigures).length
  const raw = {
    total_bytes: totalBytes,
    total_avail_bytes: totalBytes - usedBytes,
    total_used_bytes: usedBytes,
    total_used_raw_bytes: usedBytes,
    total_used_raw_ratio: totalBytes === 0 ? 0 : usedBytes / totalBytes,
  }
  return {
    stats: { ...raw, num_osds: osds, num_per_pool_osds: osds, num_per_pool_omap_osds: osds },
    stats_by_class: osds === 0 ? {} : { hdd: raw },
    pools: report.pools.map((pool) => ({
      name: pool.name,
      id: pool.id,
      stats: {
        stored: pool.storedBytes,
        objects: pool.objects,
        kb_used: Math.ceil(pool.usedBytes / 1024),
        bytes_used: pool.usedBytes,
        percent_used: usedShare(pool),
        max_avail: pool.maxAvailableBytes,
      },
    })),
  }
}

/** The answer to `ceph df`. */
export function dfText(report: CephReport): string {
  const { usedBytes, totalBytes } = rawUse(report)
  const raw = [
    bytesText(totalBytes),
    bytesText(totalBytes - usedBytes),
    bytesText(usedBytes),
    bytesText(usedBytes),
    percent(totalBytes === 0 ? 0 : usedBytes / totalBytes),
  ]
  const right = (header: string) => column(header, 'right', 'right')
  const storage = textTable(
    [column('CLASS', 'left'), ...['SIZE', 'AVAIL', 'USED', 'RAW USED', '%RAW USED'].map(right)],
    [
      ['hdd', ...raw],
      ['TOTAL', ...raw],
    ],
  )
  const pools = textTable(
    [column('POOL', 'left'), ...['ID', 'PGS', 'STORED', 'OBJECTS', 'USED', '%USED', 'MAX AVAIL'].map(right)],
    report.pools.map((pool) => [
      pool.name,
      String(pool.id),
      String(pool.pgNum),
      bytesText(pool.storedBytes),
      countText(pool.objects),
      bytesText(pool.usedBytes),
      percent(usedShare(pool)),
      bytesText(pool.maxAvailableBytes),
    ]),
  )
  return `${['--- RAW STORAGE ---', ...storage, ' ', '--- POOLS ---', ...pools].join('\n')}\n`
}

function usedShare({ usedBytes, maxAvailableBytes, size }: PoolReport): number {
  return usedBytes === 0 ? 0 : usedBytes / (usedBytes + maxAvailableBytes * size)
}

function percent(share: number): string {
  return share === 0 ? '0' : (100 * share).toFixed(2)
}
