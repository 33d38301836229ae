/** Commands of `ceph` that remove daemons, make and change pools, and set options. */

import { monitorAddresses } from './addresses.ts'
import type { CephCluster } from './ceph-cluster.ts'
import type { Thresholds } from './cluster-settings.ts'
import { poolRefusal, wantedGroups } from './pool-rules.ts'

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

const done = (stderr: string): Outcome => ({ stdout: '', stderr: `${stderr}\n`, exitCode: 0 })
const failed = (name: string, exitCode: number, text: string): Outcome => ({
  stdout: '',
  stderr: `Error ${name}: ${text}\n`,
  exitCode,
})
const invalid = (text: string) => failed('EINVAL', 22, text)

/** Nothing if the words are no such command. */
export function administerCluster(cluster: CephCluster, words: readonly string[]): Outcome | undefined {
  const [area, verb = '', ...rest] = words
  if (area === 'mon' && (verb === 'remove' || verb === 'rm')) return removeMonitor(cluster, rest)
  if (area === 'config') return configure(cluster, verb, rest)
  if (area !== 'osd') return undefined
  if (verb === 'purge' || verb === 'rm') return removeOsd(cluster, verb, rest)
  if (verb === 'pool') return changePools(cluster, rest)
  return undefined
}

function removeMonitor({ monitors }: CephCluster, [name = '']: readonly string[]): Outcome {
  const rank = monitors.names.indexOf(name)
  if (rank < 0) return done(`mon.${name} does not exist or has already been removed`)
  if (monitors.names.length === 1) return invalid(`error: refusing removal of last monitor ${name}`)
  const addresses = monitorAddresses(monitors.positions[rank] ?? rank)
  const left = monitors.names.length - 1
  monitors.remove(name)
  return done(`removing mon.${name} at ${addresses}, there will be ${left} monitors`)
}

function removeOsd({ osdMap }: CephCluster, verb: 'purge' | 'rm', words: readonly string[]): Outcome {
  const name = words.find((word) => !word.startsWith('--')) ?? ''
  const id = Number(name.replace('osd.', ''))
  const osd = osdMap.osds[id]
  if (osd === undefined || osd.stage === 'absent') return done(`osd.${id} does not exist`)
  if (verb === 'purge' && !words.includes('--yes-i-really-mean-it'))
    return failed(
      'EPERM',
      1,
      `Are you SURE?  This will remove all traces of osd.${id} from the cluster. If you are, pass --yes-i-really-mean-it.`,
    )
  if (osd.up)
    return verb === 'purge'
      ? failed('EBUSY', 16, `osd.${id} is not \`down\`.`)
      : failed('EBUSY', 16, `osd.${id} is still up; must be down before removal. `)
  osdMap.stopOsd(id, 'killed')
  osdMap.remove(id)
  return done(verb === 'purge' ? `purged osd.${id}` : `removed osd.${id}`)
}

function changePools(
  cluster: CephCluster,
  [verb = '', name = '', ...rest]: readonly string[],
): Outcome | undefined {
  const { pools, thresholds } = cluster.settings
  const pool = pools.find((each) => each.name === name)
  const missing = () => failed('ENOENT', 2, `unrecognized pool '${name}'`)
  if (verb === 'create') {
    if (pool !== undefined) return done(`pool '${name}' already exists`)
    const wanted = {
      name,
      size: thresholds.osdPoolDefaultSize,
      minSize: thresholds.osdPoolDefaultMinSize,
      pgNum: /^\d+$/.test(rest[0] ?? '') ? Number(rest[0]) : 32,
      application: '',
      autoscale: 'on',
      quotaBytes: 0,
    } as const
    const refusal = poolRefusal(cluster, wanted)
    if (refusal !== undefined) return failed('ERANGE', 34, ` ${refusal}`)
    cluster.pools.create({ ...wanted, ...wantedGroups(cluster, wanted) })
    return done(`pool '${name}' created`)
  }
  if (verb === 'delete' || verb === 'rm') {
    if (pool === undefined) return done(`pool '${name}' does not exist`)
    if (rest[0] !== name || !rest.includes('--yes-i-really-really-mean-it'))
      return failed(
        'EPERM',
        1,
        `WARNING: this will *PERMANENTLY DESTROY* all data stored in pool ${name}.  If you are *ABSOLUTELY CERTAIN* that is what you want, pass the pool name *twice*, followed by --yes-i-really-really-mean-it.`,
      )
    if (pool.id === cluster.pools.guestPoolId && cluster.data.objects > 0)
      return failed('EBUSY', 16, `pool '${name}' holds disks of guests`)
    cluster.pools.remove(pool.id)
    return done(`pool '${name}' removed`)
  }
  if (verb === 'application' && name === 'enable') return enableApplication(cluster, rest)
  if (verb !== 'set') return undefined
  if (pool === undefined) return missing()
  const [option = '', value = ''] = rest
  if (option === 'size' || option === 'min_size') {
    const size = option === 'size' ? Number(value) : pool.size
    const minSize = option === 'size' ? size - Math.floor(size / 2) : Number(value)
    if (!Number.isInteger(size) || size < 1 || size > 10) return invalid('pool size must be between 1 and 10')
    if (size === 1) return failed('EPERM', 1, 'configuring pool size as 1 is disabled by default.')
    if (!(minSize >= 1 && minSize <= size))
      return invalid(`pool min_size must be between 1 and size, which is set to ${size}`)
    cluster.pools.change({ ...pool, size, minSize })
  } else if (option === 'pg_autoscale_mode' && (value === 'on' || value === 'warn' || value === 'off'))
    cluster.pools.change({ ...pool, autoscale: value })
  else return invalid(`invalid command`)
  return done(`set pool ${pool.id} ${option} to ${value}`)
}

function enableApplication(cluster: CephCluster, [name = '', application = '']: readonly string[]): Outcome {
  const pool = cluster.settings.pools.find((each) => each.name === name)
  if (pool === undefined) return failed('ENOENT', 2, `unrecognized pool '${name}'`)
  cluster.pools.change({ ...pool, application })
  return done(`enabled application '${application}' on pool '${name}'`)
}

/** Options that the model obeys, by their names in Ceph. */
const options: Readonly<Record<string, keyof Thresholds>> = {
  auth_allow_insecure_global_id_reclaim: 'allowInsecureGlobalIdReclaim',
  mon_clock_drift_allowed: 'monClockDriftAllowed',
  mon_data_avail_crit: 'monDataAvailCrit',
  mon_data_avail_warn: 'monDataAvailWarn',
  mon_data_size_warn: 'monDataSizeWarn',
  mon_max_pg_per_osd: 'monMaxPgPerOsd',
  mon_pg_warn_min_per_osd: 'monPgWarnMinPerOsd',
  osd_pool_default_min_size: 'osdPoolDefaultMinSize',
  osd_pool_default_size: 'osdPoolDefaultSize',
  osd_recovery_sleep: 'osdRecoverySleep',
  osd_recovery_sleep_hdd: 'osdRecoverySleep',
}

/** Ceph's least for an OSD, which is also what the model's OSDs were measured with. */
const memoryTargetBytes = 939_524_096

function configure(cluster: CephCluster, verb: string, words: readonly string[]): Outcome | undefined {
  const { thresholds } = cluster.settings
  const [, name = '', value = ''] = words
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (verb === 'get' && option !== undefined)
    return { stdout: `${Number(thresholds[option])}\n`, stderr: '', exitCode: 0 }
  if (verb === 'get' && name === 'osd_memory_target')
    return { stdout: `${memoryTargetBytes}\n`, stderr: '', exitCode: 0 }
  if (verb !== 'set') return undefined
  const number = /^(true|false)$/.test(value) ? Number(value === 'true') : Number(value)
  if (value === '' || Number.isNaN(number))
    return invalid(`error parsing value: Expected option value, got '${value}'`)
  if (name === 'osd_memory_target') {
    if (number < memoryTargetBytes)
      return invalid(`error parsing value: Value '${value}' is below minimum ${memoryTargetBytes}`)
    return number === memoryTargetBytes
      ? { stdout: '', stderr: '', exitCode: 0 }
      : invalid('the embedded lab has OSDs of the smallest memory target only')
  }
  if (option === undefined) return invalid(`unrecognized config option '${name}'`)
  if (option === 'allowInsecureGlobalIdReclaim') thresholds[option] = number !== 0
  else thresholds[option] = number
  cluster.settingsChanged()
  return { stdout: '', stderr: '', exitCode: 0 }
}
