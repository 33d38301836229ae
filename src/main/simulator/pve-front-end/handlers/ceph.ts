/** What Ceph says of itself, in the shapes of `ceph status` and of the API's own lists. */
import type { CephReport, OsdReport } from '../../world/ceph/ceph-report.ts'
import { healthJson } from '../../world/ceph/commands/health.ts'
import { statusJson } from '../../world/ceph/commands/status.ts'
import { refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { gibibyte } from '../load-figures.ts'
import type { ServedLab } from '../served-lab.ts'
import { poolName } from '../storages.ts'

export const cephHandlers: Handlers = {
  'GET /cluster/ceph/status': status,
  'GET /cluster/ceph/flags': flags,
  'GET /nodes/{node}/ceph': index(
    'name',
    'cmd-safety cfg crush fs init log mds mgr mon osd pool restart rules start status stop',
  ),
  'GET /nodes/{node}/ceph/status': status,
  'GET /nodes/{node}/ceph/osd': osdTree,
  'GET /nodes/{node}/ceph/mon': monitors,
  'GET /nodes/{node}/ceph/pool': pools,
}

/** Release whose behaviour the model has. */
const release = '16.2.15'

/** Throws what a real node says without Ceph, or without a monitor that answers. */
function reportOf({ lab, node }: Call): CephReport {
  if (lab.machine(node).spec.cephDiskGB === 0)
    refuse("pveceph configuration not initialized - missing '/etc/pve/ceph.conf', missing '/etc/pve/ceph'")
  return lab.world.ceph.report(node) ?? refuse('got timeout')
}

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

function osdTree(call: Call) {
  const report = reportOf(call)
  const hosts = report.monitors.names.map((name, position) => ({
    id: String(-2 - position),
    name,
    type: 'host',
    leaf: 0,
    version: release,
    children: report.osds.filter(({ host }) => host === name).map(osdLeaf),
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

function pools(call: Call) {
  const report = reportOf(call)
  const rules = call.lab.world.lab.ceph
  const totalBytes = report.osds.reduce((sum, { usage }) => sum + usage.totalKiB * 1024, 0)
  const pool = (id: number, name: string, groups: number, usedBytes: number) => ({
    pool: id,
    pool_name: name,
    size: rules.size,
    min_size: rules.minSize,
    pg_num: groups,
    pg_autoscale_mode: 'on',
    crush_rule: 0,
    crush_rule_name: 'replicated_rule',
    type: 'replicated',
    bytes_used: usedBytes,
    percent_used: totalBytes === 0 ? 0 : usedBytes / totalBytes,
  })
  // The managers' own pool has one placement group, the guests' pool the rest.
  return [
    pool(1, '.mgr', 1, 0),
    pool(2, poolName, report.groups.groups - 1, report.groups.dataBytes * rules.size),
  ]
}
