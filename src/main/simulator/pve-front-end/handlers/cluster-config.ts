/** Making a cluster, who is in it, and who goes. */
import { createHash } from 'node:crypto'
import type { ClusterConfiguration } from '../../world/cluster-membership.ts'
import { ApiError, refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import type { ServedLab } from '../served-lab.ts'
import { addNode, joinCluster, linkAddress } from './cluster-join.ts'

export const clusterConfigHandlers: Handlers = {
  'GET /cluster/config': index('name', 'nodes totem join qdevice apiversion'),
  'POST /cluster/config': createCluster,
  'GET /cluster/config/apiversion': () => '1',
  'GET /cluster/config/nodes': ({ lab, node }) => {
    const configuration = lab.world.membership.configurationOf(node)
    return configuration === undefined
      ? []
      : listedMembers(configuration).map((member) => ({ node: member.name, ...member }))
  },
  'GET /cluster/config/totem': ({ lab, node }) => {
    const configuration = lab.world.membership.configurationOf(node)
    return configuration === undefined ? null : totem(configuration)
  },
  'GET /cluster/config/qdevice': () => ({}),
  'GET /cluster/config/join': joinInformation,
  'POST /cluster/config/join': joinCluster,
  'POST /cluster/config/nodes/{node}': ({ lab, node, parameters }) => {
    lab.requireQuorum(node)
    return addNode(lab, node, parameters.required('node'), {
      link: linkAddress(parameters.text('link0')) ?? parameters.text('new_node_ip'),
      nodeId: parameters.integer('nodeid'),
      isForced: parameters.flag('force'),
    })
  },
  'DELETE /cluster/config/nodes/{node}': deleteNode,
}

function listedMembers({ members }: ClusterConfiguration) {
  return members.map(({ node, nodeId, address }) => ({
    name: node,
    nodeid: String(nodeId),
    quorum_votes: '1',
    ring0_addr: address,
  }))
}

function totem({ name, version }: ClusterConfiguration) {
  return {
    cluster_name: name,
    config_version: String(version),
    interface: { 0: { linknumber: '0' } },
    ip_version: 'ipv4-6',
    link_mode: 'passive',
    secauth: 'on',
    version: '2',
  }
}

function joinInformation({ lab, node, parameters }: Call) {
  const configuration = lab.world.membership.configurationOf(node)
  if (configuration === undefined)
    throw new ApiError(424, 'node is not in a cluster, no join info available!')
  const asked = parameters.text('node') ?? node
  if (!lab.members(node).includes(asked)) refuse(`unknown node '${asked}'`)
  const listed = listedMembers(configuration)
  const nodelist = listed.map((member) => ({
    ...member,
    pve_addr: lab.addressOf(member.name),
    pve_fp: lab.certificates.of(member.name)?.fingerprint ?? '',
  }))
  const content = JSON.stringify([totem(configuration), listed])
  return {
    nodelist,
    preferred_node: asked,
    totem: totem(configuration),
    config_digest: createHash('sha1').update(content).digest('hex'),
  }
}

/** The task ends before the cluster is seen (recorded: 1.8 s, and 7.5 s after the request). */
const createTaskMs = 1750
const seenAfterMs = 5700

function createCluster(call: Call): string {
  const { lab, node, caller, parameters } = call
  const { membership } = lab.world
  // Its file is there before the cluster is.
  const isUnderWay = lab.tasks.ofNode(node).some(({ type }) => type === 'clustercreate')
  if (isUnderWay || membership.configurationOf(node) !== undefined)
    refuse("cluster config '/etc/pve/corosync.conf' already exists")
  const name = parameters.required('clustername')
  const address = linkAddress(parameters.text('link0')) ?? lab.addressOf(node)
  const task = lab.beginTask(node, 'clustercreate', name, caller.label)
  for (const line of [
    'Corosync Cluster Engine Authentication key generator.',
    'Gathering 2048 bits for key from /dev/urandom.',
    'Writing corosync key to /etc/corosync/authkey.',
    'Writing corosync config to /etc/pve/corosync.conf',
    'Restart corosync and cluster filesystem',
  ])
    task.log(line)
  const { scope } = lab.machine(node)
  scope.after(createTaskMs, () => task.end())
  scope.after(createTaskMs + seenAfterMs, () =>
    membership.install({
      name,
      version: 1,
      members: [
        {
          node,
          nodeId: parameters.integer('nodeid') ?? 1,
          address,
          // Nobody checks it now; the next node that joins will find out (recorded).
          isAddressLocal: address === lab.addressOf(node),
        },
      ],
    }),
  )
  return task.upid
}

/** The other members need that long to let a running node go (recorded), and hardly any time for one without power. */
const goodbyeMs = 10_900

async function deleteNode({ lab, node, parameters }: Call): Promise<null> {
  lab.requireQuorum(node)
  const name = parameters.required('node')
  const { membership } = lab.world
  const configuration = membership.configurationOf(node)
  if (configuration === undefined || !lab.members(node).includes(name))
    refuse(`Node/IP: ${name} is not a known host of the cluster.`)
  if (name === node) refuse('Cannot delete myself from cluster!')
  if (isRunning(lab, name)) {
    // The others lose it without a goodbye (recorded).
    lab.world.units.kill(lab.machine(name), 'corosync')
    await lab.clock.sleep(goodbyeMs)
  }
  const current = membership.configurationOf(node) ?? configuration
  membership.install({
    ...current,
    version: current.version + 1,
    members: current.members.filter((member) => member.node !== name),
  })
  return null
}

function isRunning({ world }: ServedLab, name: string): boolean {
  return world.corosync.isRunning(name)
}
