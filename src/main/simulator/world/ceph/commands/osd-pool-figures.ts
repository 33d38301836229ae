import type { CephReport, PoolReport } from '../ceph-report.ts'
import { bytesText } from './number-text.ts'
import { clientJson, lostCopiesJson, recoveryJson } from './status.ts'
import { ioLines } from './status-text.ts'
import { column, textTable } from './text-table.ts'

/** The answer to `ceph osd pool stats -f json`. All that clients do goes to the pool of block devices. */
export function osdPoolStatsJson({ pools, groups }: CephReport) {
  const { recovery, client } = groups
  return pools.map((pool) => ({
    pool_name: pool.name,
    pool_id: pool.id,
    recovery: isUsed(pool) ? lostCopiesJson(groups) : {},
    recovery_rate: isUsed(pool) && recovery !== undefined ? recoveryJson(recovery) : {},
    client_io_rate: isUsed(pool) && client !== undefined ? clientJson(client) : {},
  }))
}

function isUsed({ application }: PoolReport): boolean {
  return application === 'rbd'
}

/** The answer to `ceph osd pool stats`. No recording shows this text; its form is that of Ceph's documentation. */
export function osdPoolStatsText(report: CephReport): string {
  return report.pools
    .map((pool) => {
      const lines = isUsed(pool) ? ioLines(report) : []
      const said = lines.map((line) => line.replace(/^(\w+): +/, '$1 io '))
      const shown = said.length === 0 ? ['nothing is going on'] : said
      return `pool ${pool.name} id ${pool.id}\n${shown.map((line) => `  ${line}\n`).join('')}\n`
    })
    .join('')
}

/** The answer to `ceph osd pool autoscale-status -f json`. A pool's ideal is its share of the groups its OSDs should hold. */
export function autoscaleStatusJson({ pools, osds, groupsPerOsd }: CephReport) {
  const capacity = osds.reduce(
    (sum, { diskGiB, reweight }) => sum + (reweight > 0 ? diskGiB * 1024 ** 3 : 0),
    0,
  )
  return pools.map((pool) => {
    const raw = pool.storedBytes * pool.size
    const ratio = capacity === 0 ? 0 : raw / capacity
    return {
      actual_capacity_ratio: ratio,
      actual_raw_used: raw,
      bias: 1,
      bulk: false,
      capacity_ratio: ratio,
      crush_root_id: -1,
      effective_target_ratio: 0,
      logical_used: pool.storedBytes,
      pg_autoscale_mode: pool.autoscale,
      pg_num_final: pool.pgNum,
      pg_num_ideal: Math.floor((ratio * groupsPerOsd * osds.length) / pool.size),
      pg_num_target: pool.pgNum,
      pool_id: pool.id,
      pool_name: pool.name,
      raw_used: raw,
      raw_used_rate: pool.size,
      subtree_capacity: capacity,
      target_bytes: 0,
      target_ratio: 0,
      would_adjust: false,
    }
  })
}

/** The answer to `ceph osd pool autoscale-status`. No recording shows this table; its form is that of Ceph's documentation. */
export function autoscaleStatusText(report: CephReport): string {
  const rows = autoscaleStatusJson(report).map((pool) => [
    pool.pool_name,
    bytesText(pool.logical_used).replace('iB', '').replace(' ', ''),
    '',
    pool.raw_used_rate.toFixed(1),
    bytesText(pool.subtree_capacity).replace('iB', '').replace(' ', ''),
    pool.capacity_ratio.toFixed(4),
    '',
    '',
    pool.bias.toFixed(1),
    String(pool.pg_num_target),
    '',
    pool.pg_autoscale_mode,
    pool.bulk ? 'True' : 'False',
  ])
  const headers = [
    'SIZE',
    'TARGET SIZE',
    'RATE',
    'RAW CAPACITY',
    'RATIO',
    'TARGET RATIO',
    'EFFECTIVE RATIO',
    'BIAS',
    'PG_NUM',
    'NEW PG_NUM',
  ].map((header) => column(header, 'right', 'right'))
  const columns = [column('POOL', 'left'), ...headers, column('AUTOSCALE', 'left'), column('BULK', 'left')]
  return `${textTable(columns, rows).join('\n')}\n`
}
