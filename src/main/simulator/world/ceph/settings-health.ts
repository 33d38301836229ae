/** Health checks about pools, disks of monitors and what an administrator has left to do. */
import { warning } from './ceph-health.ts'
import type { HealthCheck } from './ceph-report.ts'
import type { ClusterSettings, PoolSettings } from './cluster-settings.ts'
import { bytesText } from './commands/number-text.ts'
import type { Osd } from './osd.ts'

export interface SettingsHealthInput {
  readonly settings: ClusterSettings
  readonly monitorNodes: readonly string[]
  readonly osds: readonly Osd[]
  /** The cluster is new: fewer OSDs than copies are no news yet. */
  readonly isNew: boolean
  readonly isUsed: (pool: PoolSettings) => boolean
  readonly storedBytes: (pool: PoolSettings) => number
}

export function settingsChecks(input: SettingsHealthInput): HealthCheck[] {
  return [
    ...monitorDisks(input),
    insecureReclaim(input),
    tooFewOsds(input),
    groupsPerOsd(input),
    ...poolLevels(input),
    ...poolMistakes(input),
    recentCrashes(input),
  ].filter((check) => check !== undefined)
}

function monitorDisks({ settings, monitorNodes }: SettingsHealthInput): HealthCheck[] {
  const { thresholds, monitorDisks: disks } = settings
  const known = monitorNodes.flatMap((node) => {
    const disk = disks.get(node)
    return disk === undefined ? [] : [{ node, ...disk }]
  })
  const crit = known.filter(({ availPercent }) => availPercent <= thresholds.monDataAvailCrit)
  const low = known.filter((each) => !crit.includes(each) && each.availPercent <= thresholds.monDataAvailWarn)
  const big = known.filter(({ storeBytes }) => storeBytes >= thresholds.monDataSizeWarn)
  const who = (nodes: readonly { readonly node: string }[]) =>
    `${nodes.length === 1 ? 'mon' : 'mons'} ${nodes.map(({ node }) => node).join(',')} ${nodes.length === 1 ? 'is' : 'are'}`
  const avail = (nodes: readonly { readonly node: string; readonly availPercent: number }[]) =>
    nodes.map(({ node, availPercent }) => `mon.${node} has ${availPercent}% avail`)
  const checks: HealthCheck[] = []
  if (low.length > 0)
    checks.push(warning('MON_DISK_LOW', `${who(low)} low on available space`, low.length, avail(low)))
  if (crit.length > 0)
    checks.push({
      ...warning('MON_DISK_CRIT', `${who(crit)} very low on available space`, crit.length, avail(crit)),
      severity: 'HEALTH_ERR',
    })
  if (big.length > 0) {
    const most = bytesText(thresholds.monDataSizeWarn)
    const detail = big.map(
      ({ node, storeBytes }) => `mon.${node} is ${bytesText(storeBytes)} >= mon_data_size_warn (${most})`,
    )
    checks.push(warning('MON_DISK_BIG', `${who(big)} using a lot of disk space`, big.length, detail))
  }
  return checks
}

function insecureReclaim({ settings, monitorNodes }: SettingsHealthInput): HealthCheck | undefined {
  if (!settings.thresholds.allowInsecureGlobalIdReclaim) return undefined
  const who = monitorNodes.length === 1 ? 'mon is' : 'mons are'
  return warning(
    'AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED',
    `${who} allowing insecure global_id reclaim`,
    monitorNodes.length,
    monitorNodes.map((node) => `mon.${node} has auth_allow_insecure_global_id_reclaim set to true`),
  )
}

function tooFewOsds({ settings, osds, isNew }: SettingsHealthInput): HealthCheck | undefined {
  const wanted = settings.thresholds.osdPoolDefaultSize
  if (isNew || osds.length >= wanted) return undefined
  const summary = `OSD count ${osds.length} < osd_pool_default_size ${wanted}`
  return warning('TOO_FEW_OSDS', summary, wanted - osds.length)
}

function groupsPerOsd({ settings, osds }: SettingsHealthInput): HealthCheck | undefined {
  const { monMaxPgPerOsd: most, monPgWarnMinPerOsd: least } = settings.thresholds
  const isIn = osds.filter((osd) => osd.in).length
  const copies = settings.pools.reduce((sum, { pgNum, size }) => sum + pgNum * size, 0)
  if (isIn === 0 || copies === 0) return undefined
  const perOsd = Math.floor(copies / isIn)
  if (perOsd > most)
    return warning('TOO_MANY_PGS', `too many PGs per OSD (${perOsd} > max ${most})`, perOsd - most)
  return perOsd < least
    ? warning('TOO_FEW_PGS', `too few PGs per OSD (${perOsd} < min ${least})`, least - perOsd)
    : undefined
}

/** A pool is as full as the fullest OSD it lies on, or as its quota says. Newer pools are named first. */
function poolLevels({ settings, osds, storedBytes }: SettingsHealthInput): HealthCheck[] {
  const has = (level: Osd['fullness']) => osds.some(({ fullness }) => fullness === level)
  const pools = [...settings.pools].sort((a, b) => Number(a.pgNum === 1) - Number(b.pgNum === 1))
  const beyondQuota = pools.filter((pool) => pool.quotaBytes > 0 && storedBytes(pool) >= pool.quotaBytes)
  if (has('full'))
    return [
      poolCheck(
        'POOL_FULL',
        'full',
        pools.map(({ name }) => `pool '${name}' is full (no space)`),
      ),
    ]
  if (beyondQuota.length > 0)
    return [
      poolCheck(
        'POOL_FULL',
        'full',
        beyondQuota.map(({ name }) => `pool '${name}' is full (running out of quota)`),
      ),
    ]
  for (const [level, code] of [
    ['backfillfull', 'POOL_BACKFILLFULL'],
    ['nearfull', 'POOL_NEARFULL'],
  ] as const)
    if (has(level))
      return [
        poolCheck(
          code,
          level,
          pools.map(({ name }) => `pool '${name}' is ${level}`),
        ),
      ]
  return []
}

function poolCheck(code: string, words: string, detail: readonly string[]): HealthCheck {
  return warning(code, `${detail.length} pool(s) ${words}`, detail.length, detail)
}

function poolMistakes({ settings: { pools }, isUsed }: SettingsHealthInput): HealthCheck[] {
  const single = pools.filter(({ size }) => size === 1)
  const odd = pools.filter(({ pgNum }) => (pgNum & (pgNum - 1)) !== 0)
  const small = pools.filter((pool) => pool.autoscale === 'warn' && (pool.wantedPgNum ?? 0) > pool.pgNum)
  const large = pools.filter(
    (pool) => pool.autoscale === 'warn' && (pool.wantedPgNum ?? pool.pgNum) < pool.pgNum,
  )
  const groupsOf = ({ name, pgNum, wantedPgNum }: PoolSettings) =>
    `Pool ${name} has ${pgNum} placement groups, should have ${wantedPgNum}`
  const nameless = pools.filter((pool) => pool.application === '' && isUsed(pool))
  const checks = [
    warning(
      'POOL_NO_REDUNDANCY',
      `${single.length} pool(s) have no replicas configured`,
      single.length,
      single.map(({ name }) => `pool '${name}' has no replicas configured`),
    ),
    warning(
      'POOL_PG_NUM_NOT_POWER_OF_TWO',
      `${odd.length} pool(s) have non-power-of-two pg_num`,
      odd.length,
      odd.map(({ name, pgNum }) => `pool '${name}' pg_num ${pgNum} is not a power of two`),
    ),
    warning(
      'POOL_TOO_FEW_PGS',
      `${small.length} pools have too few placement groups`,
      small.length,
      small.map(groupsOf),
    ),
    warning(
      'POOL_TOO_MANY_PGS',
      `${large.length} pools have too many placement groups`,
      large.length,
      large.map(groupsOf),
    ),
    warning(
      'POOL_APP_NOT_ENABLED',
      `${nameless.length} pool(s) do not have an application enabled`,
      nameless.length,
      [
        ...nameless.map(({ name }) => `application not enabled on pool '${name}'`),
        "use 'ceph osd pool application enable <pool-name> <app-name>', where <app-name> is 'cephfs', 'rbd', 'rgw', or freeform for custom applications.",
      ],
    ),
  ]
  return checks.filter(({ count }) => count > 0)
}

function recentCrashes({ settings: { crashes } }: SettingsHealthInput): HealthCheck | undefined {
  if (crashes.length === 0) return undefined
  return warning('RECENT_CRASH', `${crashes.length} daemons have recently crashed`, crashes.length, crashes)
}
