/** What the monitors refuse of a pool, and how many groups the autoscaler thinks right. */
import type { CephCluster } from './ceph-cluster.ts'
import type { PoolSettings } from './cluster-settings.ts'

type Wanted = Pick<PoolSettings, 'size' | 'minSize' | 'pgNum' | 'autoscale'>

/** Groups of a pool with nothing in it: the autoscaler's least. */
const groupsOfEmptyPool = 32

/** Undefined where it may be so. `old`: the pool as it is, if it is there. */
export function poolRefusal(cluster: CephCluster, wanted: Wanted, old?: PoolSettings): string | undefined {
  const { pools, thresholds } = cluster.settings
  // mon_allow_pool_size_one is off, as Ceph has it.
  if (wanted.size === 1) return 'Could not set: size'
  if (wanted.minSize > wanted.size) return 'Could not set: min_size'
  const osdsIn = cluster.osdMap.osds.filter((osd) => osd.in).length
  const others = pools.filter((pool) => pool !== old)
  const total = [...others, wanted].reduce((sum, { pgNum, size }) => sum + pgNum * size, 0)
  const most = thresholds.monMaxPgPerOsd * osdsIn
  return osdsIn > 0 && total > most
    ? `pg_num ${wanted.pgNum} size ${wanted.size} would mean ${total} total pgs, which exceeds max ${most} (mon_max_pg_per_osd ${thresholds.monMaxPgPerOsd} * num_in_osds ${osdsIn})`
    : undefined
}

/**
 * An autoscaler that is on shrinks a new pool with far too many groups; here at once, in truth within minutes. One
 * that warns only says so.
 */
export function wantedGroups(
  { parameters }: CephCluster,
  { pgNum, autoscale }: Wanted,
): Pick<PoolSettings, 'pgNum' | 'wantedPgNum'> {
  const isFarOff = pgNum > groupsOfEmptyPool * parameters.pgAutoscaleFactor
  if (!isFarOff || autoscale === 'off') return { pgNum }
  return autoscale === 'on' ? { pgNum: groupsOfEmptyPool } : { pgNum, wantedPgNum: groupsOfEmptyPool }
}
