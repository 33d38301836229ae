/** Pools of Ceph: listed, created, changed and destroyed. */
import type { CephReport, PoolReport } from '../../world/ceph/ceph-report.ts'
import type { PoolSettings } from '../../world/ceph/cluster-settings.ts'
import { poolRefusal, wantedGroups } from '../../world/ceph/pool-rules.ts'
import { refuse } from '../api-error.ts'
import { requireConfiguration, requireMonitors } from '../ceph-setup.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { NodeTask } from '../node-task.ts'
import { addedStorages, keepStorages, type Storage, storageNameOf, storages } from '../storages.ts'
import { reportOf } from './ceph-report.ts'

const pools = '/nodes/{node}/ceph/pool'

export const cephPoolHandlers: Handlers = {
  [`GET ${pools}`]: (call) => {
    const report = reportOf(call)
    return report.pools.map((pool) => listed(pool, report))
  },
  [`POST ${pools}`]: create,
  [`GET ${pools}/{name}`]: index('name', 'status'),
  [`GET ${pools}/{name}/status`]: detail,
  [`PUT ${pools}/{name}`]: change,
  [`DELETE ${pools}/{name}`]: destroy,
}

/** A command to the monitors, and the wait for its map (an assumption). */
const commandMs = 1500
/** Options of which the model has no idea. */
const unknownOptions = ['erasure-coding', 'target_size', 'target_size_ratio', 'pg_num_min']

function listed(pool: PoolReport, { osds }: CephReport) {
  const totalBytes = osds.reduce((sum, { usage }) => sum + usage.totalKiB * 1024, 0)
  return {
    pool: pool.id,
    pool_name: pool.name,
    size: pool.size,
    min_size: pool.minSize,
    pg_num: pool.pgNum,
    pg_autoscale_mode: pool.autoscale,
    crush_rule: 0,
    crush_rule_name: 'replicated_rule',
    type: 'replicated',
    application_metadata: pool.application === '' ? {} : { [pool.application]: {} },
    bytes_used: pool.usedBytes,
    percent_used: totalBytes === 0 ? 0 : pool.usedBytes / totalBytes,
  }
}

function detail(call: Call) {
  const { pools: all } = reportOf(call)
  const name = call.parameters.required('name')
  const pool = all.find((each) => each.name === name) ?? refuse(`pool '${name}' does not exist`)
  return {
    id: pool.id,
    name,
    size: pool.size,
    min_size: pool.minSize,
    pg_num: pool.pgNum,
    pgp_num: pool.pgNum,
    pg_autoscale_mode: pool.autoscale,
    crush_rule: 'replicated_rule',
    application: pool.application,
    application_list: pool.application === '' ? [] : [pool.application],
    fast_read: 0,
    hashpspool: 1,
    'nodeep-scrub': 0,
    nodelete: 0,
    nopgchange: 0,
    noscrub: 0,
    nosizechange: 0,
    use_gmt_hitset: 1,
    write_fadvise_dontneed: 0,
  }
}

function requireKnownOptions({ parameters }: Call): void {
  const odd = unknownOptions.find((name) => parameters.text(name) !== undefined)
  if (odd !== undefined) refuse(`the embedded lab's pools have no ${odd}`)
  const rule = parameters.text('crush_rule') ?? 'replicated_rule'
  if (rule !== 'replicated_rule') refuse(`specified rule ${rule} doesn't exist`)
}

const poolNamed = ({ lab }: Call, name: string) =>
  lab.world.ceph.settings.pools.find((pool) => pool.name === name)

/** Sizes are never taken from ceph.conf (proxmox.md 5.4). */
async function create(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { ceph } = lab.world
  requireConfiguration(lab, node)
  requireKnownOptions(call)
  await requireMonitors(lab, node)
  const name = parameters.required('name')
  const adds = parameters.flag('add_storages')
  if (adds && storages(lab).some(({ storage }) => storage === name))
    refuse(`storage ID '${name}' already defined`)
  const wanted = {
    name,
    size: parameters.integer('size') ?? 3,
    minSize: parameters.integer('min_size') ?? 2,
    pgNum: parameters.integer('pg_num') ?? 128,
    application: parameters.text('application') ?? 'rbd',
    autoscale: (parameters.text('pg_autoscale_mode') ?? 'warn') as PoolSettings['autoscale'],
    quotaBytes: 0,
  }
  const task = new NodeTask(call, 'cephcreatepool', name)
  task.after(commandMs, () => {
    if (!ceph.monitors.canCommit) return task.end('got timeout')
    if (poolNamed(call, name) !== undefined) return task.end(`pool '${name}' already exists`)
    const refusal = poolRefusal(ceph, wanted)
    if (refusal !== undefined) return task.end(refusal)
    ceph.pools.create({ ...wanted, ...wantedGroups(ceph, wanted) })
    for (const option of ['size', 'min_size', 'application'])
      task.log(`pool ${name}: applying ${option} = ${setting(wanted, option)}`)
    if (adds) addStorage(call, name)
    task.end()
  })
  return task.upid
}

const setting = (
  { size, minSize, application }: Pick<PoolSettings, 'size' | 'minSize' | 'application'>,
  option: string,
) => ({ size, min_size: minSize, application })[option]

function addStorage({ lab }: Call, name: string): void {
  const storage: Storage = {
    storage: name,
    type: 'rbd',
    content: 'rootdir,images',
    isShared: true,
    configuration: { pool: name, krbd: 0 },
  }
  keepStorages(lab, [...addedStorages(lab), storage])
  lab.world.inventory.addPoolStorage(name)
}

async function change(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { ceph } = lab.world
  requireConfiguration(lab, node)
  requireKnownOptions(call)
  await requireMonitors(lab, node)
  const name = parameters.required('name')
  const old = poolNamed(call, name) ?? refuse(`pool '${name}' does not exist`)
  const size = parameters.integer('size') ?? old.size
  // Another size brings its own min_size along, unless one is given (ceph.md 9).
  const usual = size === old.size ? old.minSize : size - Math.floor(size / 2)
  const wanted: PoolSettings = {
    ...old,
    size,
    minSize: parameters.integer('min_size') ?? usual,
    application: parameters.text('application') ?? old.application,
    autoscale: (parameters.text('pg_autoscale_mode') ?? old.autoscale) as PoolSettings['autoscale'],
  }
  const task = new NodeTask(call, 'cephsetpool', name)
  task.after(commandMs, () => {
    if (!ceph.monitors.canCommit) return task.end('got timeout')
    if ((parameters.integer('pg_num') ?? old.pgNum) !== old.pgNum) return task.end('Could not set: pg_num')
    const refusal = poolRefusal(ceph, wanted, old)
    if (refusal !== undefined) return task.end(refusal)
    for (const option of ['size', 'min_size', 'application'])
      if (setting(wanted, option) !== setting(old, option))
        task.log(`pool ${name}: applying ${option} = ${setting(wanted, option)}`)
    ceph.pools.change(wanted)
    task.end()
  })
  return task.upid
}

async function destroy(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { ceph } = lab.world
  requireConfiguration(lab, node)
  await requireMonitors(lab, node)
  const name = parameters.required('name')
  const pool = poolNamed(call, name) ?? refuse(`pool '${name}' does not exist`)
  const onIt = storages(lab).filter(
    ({ type, configuration }) => type === 'rbd' && configuration.pool === name,
  )
  const used = onIt.find(({ storage }) => holdsDisks(call, storage))
  // Even by force: the model has no guests whose disks are gone.
  if (used !== undefined) refuse(`ceph pool '${name}' still in use by storage '${used.storage}'`)
  const removes = parameters.flag('remove_storages')
  const task = new NodeTask(call, 'cephdestroypool', name)
  task.after(commandMs, () => {
    if (!ceph.monitors.canCommit) return task.end('got timeout')
    ceph.pools.remove(pool.id)
    if (removes) {
      const gone = onIt.map(({ storage }) => storage)
      keepStorages(
        lab,
        addedStorages(lab).filter(({ storage }) => !gone.includes(storage)),
      )
      for (const storage of gone) lab.world.inventory.removeStorage(storage)
    }
    task.end()
  })
  return task.upid
}

const holdsDisks = ({ lab }: Call, storage: string) =>
  lab.world.guests.some(({ spec }) => storageNameOf(lab, spec) === storage)
