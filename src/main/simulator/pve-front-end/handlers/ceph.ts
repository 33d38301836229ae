/** What Ceph says of itself, in the shapes of `ceph status` and of the API's own lists. */
import type { OsdReport } from '../../world/ceph/ceph-report.ts'
import { changeCluster } from '../../world/ceph/cluster-changes.ts'
import { crushHosts } from '../../world/ceph/commands/crush-nodes.ts'
import { healthJson } from '../../world/ceph/commands/health.ts'
import { statusJson } from '../../world/ceph/commands/status.ts'
import { refuse } from '../api-error.ts'
import { cephConfigurationText, requireConfiguration, unconfigured } from '../ceph-setup.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { gibibyte } from '../load-figures.ts'
import { listOf } from '../parameters.ts'
import { Result } from '../replies.ts'
import type { ServedLab } from '../served-lab.ts'
import { cephDaemonHandlers } from './ceph-daemons.ts'
import { cephOsdHandlers } from './ceph-osds.ts'
import { cephPoolHandlers } from './ceph-pools.ts'
import { reportOf } from './ceph-report.ts'

export const cephHandlers: Handlers = {
  'GET /cluster/ceph/status': status,
  'GET /cluster/ceph': index('name', 'metadata status flags'),
  'GET /cluster/ceph/flags': flags,
  'PUT /cluster/ceph/flags': setFlags,
  'GET /cluster/ceph/flags/{flag}': (call) =>
    Number(reportOf(call).osdMap.flags.some((flag) => flag === call.parameters.required('flag'))),
  'PUT /cluster/ceph/flags/{flag}': (call) => {
    reportOf(call)
    setFlag(call, call.parameters.required('flag'), call.parameters.flag('value'))
    return null
  },
  'GET /cluster/ceph/metadata': metadata,
  'GET /nodes/{node}/ceph': index(
    'name',
    'cmd-safety cfg crush fs init log mds mgr mon osd pool restart rules start status stop',
  ),
  'GET /nodes/{node}/ceph/status': status,
  'GET /nodes/{node}/ceph/osd': osdTree,
  'POST /nodes/{node}/ceph/osd/{osdid}/in': (call) => move(call, 'in'),
  'POST /nodes/{node}/ceph/osd/{osdid}/out': (call) => move(call, 'out'),
  'GET /nodes/{node}/ceph/mon': monitors,
  'GET /nodes/{node}/ceph/mgr': managers,
  'GET /nodes/{node}/ceph/rules': (call) => {
    reportOf(call)
    return [{ name: 'replicated_rule' }]
  },
  'GET /nodes/{node}/ceph/cfg': index('name', 'raw value'),
  'GET /nodes/{node}/ceph/cfg/raw': ({ lab, node }) =>
    cephConfigurationText(lab, node) ?? refuse(unconfigured),
  'GET /nodes/{node}/ceph/cfg/value': configuredValues,
  'GET /nodes/{node}/ceph/log': log,
  'GET /nodes/{node}/ceph/cmd-safety': commandSafety,
  ...cephDaemonHandlers,
  ...cephOsdHandlers,
  ...cephPoolHandlers,
}

/** Release whose behaviour the model has. */
const release = '16.2.15'

function monitorOf(lab: ServedLab, name: string, rank: number) {
  const address = `${lab.addressOf(name)}:6789/0`
  return { name, rank, addr: address, public_addr: address }
}

/** `ceph status` with the details of health, and with the maps that newer releases leave out of it. */
function status(call: Call) {
  const report = reportOf(call)
  const plain = statusJson(report)
  const { names } = report.monitors
  const { active, standbys } = report.managers
  return {
    ...plain,
    health: healthJson(report.health, true),
    monmap: { ...plain.monmap, mons: names.map((name, rank) => monitorOf(call.lab, name, rank)) },
    mgrmap: {
      ...plain.mgrmap,
      active_name: active ?? '',
      standbys: standbys.map((name) => ({ name })),
    },
  }
}

/** Flags a client may set, by the names of `ceph osd set` (proxmox.md 5.5). */
const flagNames =
  'pause noup nodown noout noin nobackfill norebalance norecover noscrub nodeep-scrub notieragent'

function flags(call: Call) {
  const { flags: set } = reportOf(call).osdMap
  return flagNames.split(' ').map((name) => ({ name, description: name, value: Number(set.includes(name)) }))
}

function setFlag({ lab }: Call, flag: string, isSet: boolean): void {
  changeCluster(lab.world.ceph, ['osd', isSet ? 'set' : 'unset', flag])
}

/** Several at once, in a task. */
function setFlags(call: Call): string {
  reportOf(call)
  const { lab, node, caller, parameters } = call
  const task = lab.beginTask(node, 'cephsetflags', '', caller.label)
  for (const flag of flagNames.split(' '))
    if (parameters.text(flag) !== undefined) setFlag(call, flag, parameters.flag(flag))
  lab.machine(node).scope.after(100, () => task.end())
  return task.upid
}

function move(call: Call, verb: 'in' | 'out'): null {
  reportOf(call)
  const id = call.parameters.required('osdid')
  const outcome = changeCluster(call.lab.world.ceph, ['osd', verb, id])
  if (outcome === undefined || outcome.exitCode !== 0) refuse(`osd.${id} does not exist`)
  return null
}

function metadata(call: Call) {
  const { lab } = call
  const report = reportOf(call)
  const about = (name: string) => ({
    hostname: name,
    name,
    ceph_release: 'pacific',
    ceph_version: `ceph version ${release} pacific (stable)`,
    ceph_version_short: release,
    mem_swap_kb: 0,
    mem_total_kb: lab.machine(name).spec.ramMiB * 1024,
  })
  const { names } = report.monitors
  const { active, standbys } = report.managers
  const each = (members: readonly string[], more: (name: string) => object) =>
    Object.fromEntries(members.map((name) => [`${name}@${name}`, { ...about(name), ...more(name) }]))
  return {
    mon: each(names, (name) => ({ addrs: `${lab.addressOf(name)}:6789/0` })),
    mgr: each(active === undefined ? standbys : [active, ...standbys], (name) => ({
      addr: lab.addressOf(name),
    })),
    mds: {},
    node: Object.fromEntries(
      names.map((name) => [name, { version: { str: release, parts: release.split('.') }, buildcommit: '' }]),
    ),
    osd: report.osds.map(({ id, host }) => ({
      ...about(host),
      id,
      back_addr: lab.addressOf(host),
      front_addr: lab.addressOf(host),
      osd_data: `/var/lib/ceph/osd/ceph-${id}`,
      osd_objectstore: 'bluestore',
    })),
  }
}

/** Before the first monitor there is nobody to ask. */
const isEmpty = ({ lab, node }: Call) =>
  requireConfiguration(lab, node) !== undefined && !lab.world.ceph.exists

function managers(call: Call) {
  if (isEmpty(call)) return []
  const { active, standbys } = reportOf(call).managers
  const entry = (name: string, state: string) => ({
    name,
    host: name,
    addr: call.lab.addressOf(name),
    state,
    ...(call.lab.isSince('9.0') ? { service: 1, direxists: 1, ceph_version_short: release } : {}),
  })
  return [
    ...(active === undefined ? [] : [entry(active, 'active')]),
    ...standbys.map((name) => entry(name, 'standby')),
  ]
}

function osdTree(call: Call) {
  const report = reportOf(call)
  const hosts = crushHosts(report).map(({ id, name, osds }) => ({
    id: String(id),
    name,
    type: 'host',
    leaf: 0,
    version: release,
    children: osds.map(osdLeaf),
  }))
  const root = { id: '-1', name: 'default', type: 'root', leaf: 0, children: hosts }
  return { root: { leaf: 0, children: [root] }, flags: report.osdMap.flags.join(',') }
}

function osdLeaf({ id, host, up, reweight, diskGiB, usage }: OsdReport) {
  return {
    id: String(id),
    name: `osd.${id}`,
    type: 'osd',
    host,
    leaf: 1,
    status: up ? 'up' : 'down',
    in: Number(reweight > 0),
    reweight,
    crush_weight: diskGiB / 1024,
    device_class: 'hdd',
    osdtype: 'bluestore',
    total_space: diskGiB * gibibyte,
    bytes_used: (usage.dataKiB + usage.metaKiB) * 1024,
    percent_used: (100 * (usage.dataKiB + usage.metaKiB)) / usage.totalKiB,
    ceph_version_short: release,
  }
}

function monitors(call: Call) {
  if (isEmpty(call)) return []
  const { names, quorum } = reportOf(call).monitors
  return names.map((name, rank) => ({
    ...monitorOf(call.lab, name, rank),
    host: name,
    direxists: 1,
    service: 1,
    quorum: Number(quorum.includes(name)),
    state: quorum.includes(name) ? 'running' : 'unknown',
    ceph_version_short: release,
  }))
}

/** Of the file alone: what is set in the cluster itself has no names here. */
function configuredValues({ lab, node, parameters }: Call) {
  const text = cephConfigurationText(lab, node) ?? refuse(unconfigured)
  const known = new Map<string, string>()
  let section = ''
  for (const line of text.split('\n')) {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section
    const [, name, value] = /^\t(\S+) = (.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) known.set(`${section}:${name}`, value)
  }
  const found: Record<string, Record<string, string>> = {}
  for (const key of listOf(parameters.required('config-keys'))) {
    const [of = '', name = ''] = key.split(':')
    const value = known.get(`${of}:${name.replaceAll('-', '_')}`)
    if (value !== undefined) found[of] = { ...found[of], [name]: value }
  }
  return found
}

/** The cluster's log as the monitors keep it, newest first as the real one cuts it. */
function log({ lab, node, parameters }: Call): Result {
  requireConfiguration(lab, node)
  const lines = lab.world.nodes
    .flatMap(({ name }) => lab.journal.entries(name))
    .filter(({ source, text }) => source === 'ceph' && text.startsWith('cluster '))
    .toSorted((one, other) => one.number - other.number)
    .map(({ wallMs, text }) => `${new Date(wallMs).toISOString().replace('Z', '+0000')} ${text}`)
  const start = parameters.integer('start') ?? 0
  const shown = lines.slice(start, start + (parameters.integer('limit') ?? 50))
  return new Result(
    shown.map((t, at) => ({ n: start + at + 1, t })),
    { total: lines.length },
  )
}

/** Whether a daemon can go without anybody noticing more than a warning. */
function commandSafety(call: Call) {
  const { parameters, lab } = call
  reportOf(call)
  const { monitors: known, data, osdMap } = lab.world.ceph
  const [service, id] = [parameters.required('service'), parameters.required('id')]
  if (service === 'mds') return { safe: 0, status: 'no file system' }
  if (service === 'mon') {
    if (!known.has(id)) refuse(`no such monitor id '${id}'`)
    const left = known.quorum.filter((name) => name !== id).length
    const needed = parameters.required('action') === 'destroy' ? known.names.length - 1 : known.names.length
    const safe = left >= Math.floor(needed / 2) + 1
    return { safe: Number(safe), status: safe ? '' : 'not enough monitors would be available' }
  }
  const osd = osdMap.osds[Number(id)]
  if (osd === undefined || osd.stage === 'absent') refuse(`osd.${id} does not exist`)
  const concerned = data.groups.filter(({ acting }) => acting.includes(Number(id)))
  const sizes = new Map(lab.world.ceph.settings.pools.map((pool) => [pool.id, pool.minSize]))
  const safe =
    parameters.required('action') === 'destroy'
      ? concerned.length === 0
      : concerned.every(({ acting, poolId }) => acting.length - 1 >= (sizes.get(poolId) ?? 0))
  return {
    safe: Number(safe),
    status: safe ? '' : `${concerned.length} PGs would become offline or lose a copy`,
  }
}
