import type { CephReport, PoolReport } from '../ceph-report.ts'
import { stampOffset } from './cluster-time.ts'

/** The answer to `ceph osd pool ls detail -f json`. */
export function osdPoolLsDetailJson({ pools }: CephReport) {
  return pools.map((pool) => ({
    pool_id: pool.id,
    pool_name: pool.name,
    create_time: stampOffset(pool.createdMs),
    flags: flagsOf(pool).reduce((sum, [, bit]) => sum + bit, 0),
    flags_names: flagNames(pool),
    type: 1,
    size: pool.size,
    min_size: pool.minSize,
    crush_rule: 0,
    peering_crush_bucket_count: 0,
    peering_crush_bucket_target: 0,
    peering_crush_bucket_barrier: 0,
    peering_crush_bucket_mandatory_member: 2_147_483_647,
    object_hash: 2,
    pg_autoscale_mode: pool.autoscale,
    pg_num: pool.pgNum,
    pg_placement_num: pool.pgNum,
    pg_placement_num_target: pool.pgNum,
    pg_num_target: pool.pgNum,
    pg_num_pending: pool.pgNum,
    last_pg_merge_meta: {
      source_pgid: '0.0',
      ready_epoch: 0,
      last_epoch_started: 0,
      last_epoch_clean: 0,
      source_version: "0'0",
      target_version: "0'0",
    },
    last_change: String(pool.lastChangeEpoch),
    last_force_op_resend: '0',
    last_force_op_resend_prenautilus: '0',
    last_force_op_resend_preluminous: '0',
    auid: 0,
    snap_mode: 'selfmanaged',
    snap_seq: hasSnapshots(pool) ? 3 : 0,
    snap_epoch: hasSnapshots(pool) ? pool.lastChangeEpoch : 0,
    pool_snaps: [],
    removed_snaps: '[]',
    quota_max_bytes: pool.quotaBytes,
    quota_max_objects: 0,
    ...cacheTier,
    options: pool.application === 'mgr_devicehealth' ? { pg_num_max: 32, pg_num_min: 1 } : {},
    application_metadata: pool.application === '' ? {} : { [pool.application]: {} },
  }))
}

/** Fields of cache tiers, which a lab does not have. */
const cacheTier = {
  tiers: [],
  tier_of: -1,
  read_tier: -1,
  write_tier: -1,
  cache_mode: 'none',
  target_max_bytes: 0,
  target_max_objects: 0,
  cache_target_dirty_ratio_micro: 400_000,
  cache_target_dirty_high_ratio_micro: 600_000,
  cache_target_full_ratio_micro: 800_000,
  cache_min_flush_age: 0,
  cache_min_evict_age: 0,
  erasure_code_profile: '',
  hit_set_params: { type: 'none' },
  hit_set_period: 0,
  hit_set_count: 0,
  use_gmt_hitset: true,
  min_read_recency_for_promote: 0,
  min_write_recency_for_promote: 0,
  hit_set_grade_decay_rate: 0,
  hit_set_search_last_n: 0,
  grade_table: [],
  stripe_width: 0,
  expected_num_objects: 0,
  fast_read: false,
}

/** The answer to `ceph osd pool ls detail`. No recording shows it; its form is that of Ceph's documentation. */
export function osdPoolLsDetailText({ pools }: CephReport): string {
  const lines = pools.map(
    (pool) =>
      `pool ${pool.id} '${pool.name}' replicated size ${pool.size} min_size ${pool.minSize} crush_rule 0 object_hash rjenkins pg_num ${pool.pgNum} pgp_num ${pool.pgNum} autoscale_mode ${pool.autoscale} last_change ${pool.lastChangeEpoch} flags ${flagNames(pool)} stripe_width 0${pool.application === '' ? '' : ` application ${pool.application}`}`,
  )
  return `${[...lines, ''].join('\n')}\n`
}

/** librbd takes snapshots of its own in a pool of disks. */
function hasSnapshots({ application }: PoolReport): boolean {
  return application === 'rbd'
}

/** Flags of a pool with their bits (recorded), in Ceph's order. */
function flagsOf(pool: PoolReport): readonly (readonly [name: string, bit: number])[] {
  const flags = [
    ['hashpspool', 1, true],
    ['full', 2, pool.fullness === 'full'],
    ['nearfull', 2048, pool.fullness === 'nearfull'],
    ['backfillfull', 4096, pool.fullness === 'backfillfull'],
    ['selfmanaged_snaps', 8192, hasSnapshots(pool)],
  ] as const
  return flags.filter(([, , isSet]) => isSet).map(([name, bit]) => [name, bit])
}

function flagNames(pool: PoolReport): string {
  return flagsOf(pool)
    .map(([name]) => name)
    .join(',')
}
