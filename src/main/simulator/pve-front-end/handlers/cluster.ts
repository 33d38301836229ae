import { createHash } from 'node:crypto'
import { readDatacenterFile, writeDatacenterFile } from '../../world/ha-environment.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { parsePropertyString } from '../property-string.ts'
import { releaseWords } from '../release.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { resources } from './resources.ts'
import { taskEntry } from './tasks.ts'

export const clusterHandlers: Handlers = {
  'GET /': index('subdir', 'version cluster nodes storage access pools'),
  'GET /version': version,
  'GET /pools': () => [],
  'GET /cluster': index(
    'name',
    'acme backup backup-info ceph config firewall ha jobs log mapping metrics notifications nextid options replication resources status tasks sdn',
  ),
  'GET /cluster/status': clusterStatus,
  'GET /cluster/resources': resources,
  'GET /cluster/replication': () => [],
  'GET /cluster/log': ({ lab, caller, parameters }) =>
    caller.isPrivileged
      ? lab.journal.clusterLog(parameters.integer('max') ?? 50).map((entry) => ({
          ...entry,
          id: `${entry.uid}:${entry.node}`,
          tag: 'pvedaemon',
          pid: 1,
        }))
      : [],
  'GET /cluster/tasks': clusterTasks,
  'GET /cluster/nextid': nextId,
  'GET /cluster/options': ({ lab, node, caller }) => ({
    ...(caller.isPrivileged
      ? { mac_prefix: 'BC:24:11', description: '', ...readDatacenterFile(lab.world.shared, node) }
      : {}),
    'allowed-tags': [],
  }),
  'PUT /cluster/options': setOptions,
  'GET /cluster/config': index('name', 'nodes totem join qdevice apiversion'),
  'POST /cluster/config': () => refuse("cluster config '/etc/pve/corosync.conf' already exists"),
  'GET /cluster/config/apiversion': () => '1',
  'GET /cluster/config/nodes': ({ lab }) => members(lab).map((member) => ({ node: member.name, ...member })),
  'GET /cluster/config/totem': ({ lab }) => totem(lab),
  'GET /cluster/config/qdevice': () => ({}),
  'GET /cluster/config/join': joinInformation,
  'POST /cluster/config/join': joinCluster,
  'POST /cluster/config/nodes/{node}': ({ lab, node, parameters }) => {
    lab.requireQuorum(node)
    const name = parameters.required('node')
    if (lab.nodeIdOf(name) > 0) refuse(`can't add existing node '${name}'`)
    return refuse('the embedded lab does not take further nodes')
  },
  'DELETE /cluster/config/nodes/{node}': ({ lab, node, parameters }) => {
    lab.requireQuorum(node)
    const name = parameters.required('node')
    if (lab.nodeIdOf(name) === 0) refuse(`Node/IP: ${name} is not a known host of the cluster.`)
    if (name === node) refuse('Cannot delete myself from cluster!')
    return refuse('the embedded lab does not let nodes go')
  },
}

export function version({ lab }: Call) {
  const { version: full, repoid } = releaseWords[lab.release]
  return { version: full, release: lab.release, repoid }
}

function clusterStatus({ lab, node }: Call) {
  const { world } = lab
  const isOnline = (name: string) => name === node || world.corosync.membersSeenBy(node).includes(name)
  return [
    {
      type: 'cluster',
      id: 'cluster',
      name: lab.clusterName,
      nodes: world.nodes.length,
      quorate: Number(world.shared.isQuorate(node)),
      version: world.nodes.length,
    },
    ...world.nodes.map(({ name }) => ({
      type: 'node',
      id: `node/${name}`,
      name,
      nodeid: lab.nodeIdOf(name),
      ip: lab.addressOf(name),
      local: Number(name === node),
      online: Number(isOnline(name)),
      level: '',
    })),
  ]
}

/** Tasks that members broadcast: the newest of each. */
const tasksPerMember = 25

function clusterTasks({ lab, caller }: Call) {
  return lab.world.nodes.flatMap(({ name }) =>
    lab.tasks
      .ofNode(name)
      .filter((task) => caller.isPrivileged || task.user === caller.userid)
      .slice(0, tasksPerMember)
      .map((task) => {
        const { pid, pstart, ...entry } = taskEntry(lab, task)
        return lab.tasks.isOver(task) ? { ...entry, saved: '1' } : { ...entry, pid, pstart }
      }),
  )
}

function nextId({ lab, parameters }: Call): string {
  const taken = new Set(lab.world.guests.map(vmidOf))
  const asked = parameters.text('vmid')
  if (asked !== undefined && taken.has(asked)) refuseParameters({ vmid: `VM ${asked} already exists` })
  let id = 100
  while (taken.has(String(id))) id++
  return asked ?? String(id)
}

/** Options that are written as `key=value,…` and read as objects. */
const structuredOptions = new Set([
  'ha',
  'crs',
  'migration',
  'next-id',
  'notify',
  'u2f',
  'webauthn',
  'tag-style',
])

async function setOptions({ lab, node, parameters }: Call): Promise<null> {
  const { shared } = lab.world
  await lab.requireLock(node, 'file-datacenter_cfg')
  const deleted = (parameters.text('delete') ?? '').split(/[,; ]+/)
  const kept = Object.entries(readDatacenterFile(shared, node)).filter(([name]) => !deleted.includes(name))
  const given = parameters.names
    .filter((name) => name !== 'delete')
    .map((name) => {
      const text = parameters.required(name)
      return [name, structuredOptions.has(name) ? parsePropertyString(text) : text] as const
    })
  writeDatacenterFile(shared, node, Object.fromEntries([...kept, ...given]))
  return null
}

function members(lab: ServedLab) {
  return lab.world.nodes.map(({ name }) => ({
    name,
    nodeid: String(lab.nodeIdOf(name)),
    quorum_votes: '1',
    ring0_addr: lab.addressOf(name),
  }))
}

function totem(lab: ServedLab) {
  return {
    cluster_name: lab.clusterName,
    config_version: String(lab.world.nodes.length),
    interface: { 0: { linknumber: '0' } },
    ip_version: 'ipv4-6',
    link_mode: 'passive',
    secauth: 'on',
    version: '2',
  }
}

function joinInformation({ lab, node, parameters }: Call) {
  const asked = parameters.text('node') ?? node
  if (lab.nodeIdOf(asked) === 0) refuse(`unknown node '${asked}'`)
  const nodelist = members(lab).map((member) => ({
    ...member,
    pve_addr: member.ring0_addr,
    pve_fp: lab.certificates.get(member.name)?.fingerprint ?? '',
  }))
  const content = JSON.stringify([totem(lab), members(lab)])
  return {
    nodelist,
    preferred_node: asked,
    totem: totem(lab),
    config_digest: createHash('sha1').update(content).digest('hex'),
  }
}

/** All members of the lab are in its cluster already, which the checks of the task find out (recorded). */
function joinCluster({ lab, node, caller }: Call): string {
  const task = lab.beginTask(node, 'clusterjoin', '', caller.label)
  lab.clock.sleep(100).then(
    () => {
      task.log('detected the following error(s):')
      task.log("* authentication key '/etc/corosync/authkey' already exists")
      task.log("* cluster config '/etc/pve/corosync.conf' already exists")
      task.end('Check if node may join a cluster failed!')
    },
    () => {},
  )
  return task.upid
}
