/** A node becomes a member of another node's cluster; every step takes its recorded time (8.4). */
import type { ClusterConfiguration } from '../../world/cluster-membership.ts'
import { ApiError, refuse } from '../api-error.ts'
import type { Call } from '../handler.ts'
import { parsePropertyString } from '../property-string.ts'
import type { ServedLab } from '../served-lab.ts'
import type { RunningTask } from '../tasks.ts'

/** Until the worker process has made its local checks. */
const checkMs = 300
/** Until a neighbour without power is given up, and until the resolver is. */
const noRouteMs = 3100
const noNameMs = 5200
/** A wrong password is held back as long as at any login. */
const refusalMs = 3025
/** The member adds the joiner at once; the joiner then stops its file system. */
const addedMs = 300
const stopMs = 900
/** It saves the old database and starts corosync with the new configuration (recorded). */
const restartMs = 3000
const waitStepMs = 200
/** Quorum to the end: node files, certificate, keys, and the restart of the daemons. */
const nodeFilesMs = 1500
const finishMs = 1700
/** Workers of the proxy are replaced from 12 to 17 s after the request, which is at the end of the task and later. */
const firstWorkerMs = 1000
const lastWorkerMs = 6000

/** The task ends with this message. */
export class JoinFailure extends Error {}

export function joinCluster(call: Call): string {
  const task = call.lab.beginTask(call.node, 'clusterjoin', '', call.caller.label)
  join(call, task).then(
    () => task.end(),
    (error: unknown) => task.end(error instanceof Error ? error.message.trim() : String(error)),
  )
  return task.upid
}

async function join(call: Call, task: RunningTask): Promise<void> {
  const { lab, node, parameters } = call
  await lab.clock.sleep(checkMs)
  if (!parameters.flag('force'))
    checkJoiner(lab, node, linkAddress(parameters.text('link0')), (line) => task.log(line))
  const host = parameters.required('hostname')
  task.log(`Establishing API connection with host '${host}'`)
  const member = await connect(call, host)
  task.log('Login succeeded.')
  task.log('check cluster join API version')
  const link = linkAddress(parameters.text('link0'))
  if (link === undefined)
    task.log(`No cluster network links passed explicitly, fallback to local node IP '${lab.addressOf(node)}'`)
  task.log('Request addition of this node')
  const configuration = requestAddition(call, task, member)
  await lab.clock.sleep(addedMs)
  task.log('Join request OK, finishing setup locally')
  await finishJoin({ lab, node, member, configuration, log: (line) => task.log(line) })
}

/** What follows on the joiner once the member knows it, by whichever way. */
export async function finishJoin(of: {
  readonly lab: ServedLab
  readonly node: string
  readonly member: string
  readonly configuration: ClusterConfiguration
  log(line: string): void
}): Promise<void> {
  const { lab, node, member, configuration, log } = of
  log('stopping pve-cluster service')
  await lab.clock.sleep(stopMs)
  log(`backup old database to '/var/lib/pve-cluster/backup/config-${lab.wallTime.seconds()}.sql.gz'`)
  lab.lockAccounts(node)
  await lab.clock.sleep(restartMs)
  lab.world.joinCluster(node, configuration)
  await untilQuorate(lab, node)
  lab.adoptAccounts(node, member)
  log('waiting for quorum...OK')
  await lab.clock.sleep(nodeFilesMs)
  for (const line of [
    '(re)generate node files',
    'generate new node certificate',
    'merge authorized SSH keys',
    'generated new node certificate, restart pveproxy and pvedaemon services',
  ])
    log(line)
  await lab.clock.sleep(finishMs)
  lab.certificates.renew(node, firstWorkerMs, lastWorkerMs)
  log(`successfully added node '${node}' to cluster.`)
}

/** Throws a `JoinFailure` where the node has something to lose. */
export function checkJoiner(
  lab: ServedLab,
  node: string,
  link: string | undefined,
  log: (line: string) => void,
): void {
  const problems: string[] = []
  if (lab.world.membership.configurationOf(node) !== undefined)
    problems.push(
      "* authentication key '/etc/corosync/authkey' already exists",
      "* cluster config '/etc/pve/corosync.conf' already exists",
      '* corosync is already running, is this node already in a cluster?!',
    )
  if (lab.guestsOf(node).length > 0 && problems.length === 0)
    problems.push('* this host already contains virtual guests')
  if (link !== undefined && link !== lab.addressOf(node))
    problems.push(`* link0: cannot use IP '${link}', not found on local node!`, '')
  if (problems.length === 0) return
  for (const line of ['detected the following error(s):', ...problems]) log(line)
  throw new JoinFailure('Check if node may join a cluster failed!')
}

/** The member that answers under a name or an address, once it has let us in. */
async function connect({ lab, node, parameters }: Call, host: string): Promise<string> {
  const { world } = lab
  const isAddress = /^[\d.]+$|:/.test(host)
  const member = world.nodes.find(({ name }) =>
    [name, `${name}.lab.test`, lab.addressOf(name)].includes(host),
  )
  const give = (why: string): never => {
    throw new JoinFailure(`500 Can't connect to ${host}:8006 (${why})`)
  }
  if (member === undefined) {
    await lab.clock.sleep(isAddress ? noRouteMs : noNameMs)
    return give(isAddress ? 'No route to host' : 'Temporary failure in name resolution')
  }
  const { name } = member
  if (!world.network.reaches(node, name, 'management')) {
    await lab.clock.sleep(noRouteMs)
    give('No route to host')
  }
  if (!member.apiUp || member.conditionOf('pveproxy') !== 'running') give('Connection refused')
  const { fingerprint } = lab.certificates.of(name) ?? { fingerprint: '' }
  if (parameters.required('fingerprint').toUpperCase() !== fingerprint)
    throw new JoinFailure(`fingerprint '${fingerprint}' not verified, abort!`)
  const accounts = lab.accountsOf(name)
  const user = accounts.logIn('root@pam', parameters.required('password'))
  // Nobody is there to give a second factor.
  if (user === undefined || user.factors.areWanted) {
    await lab.clock.sleep(refusalMs)
    throw new JoinFailure('401 authentication failure')
  }
  return name
}

/** The member takes the joiner into its configuration, or the task tells why not. */
function requestAddition({ lab, node, parameters }: Call, task: RunningTask, member: string) {
  try {
    const further = parameters.names.find((name) => /^link[1-7]$/.test(name))
    if (further !== undefined)
      refuse(
        `corosync: ${further.replace('link', 'link ')} specified for new node doesn't exist in cluster config`,
      )
    lab.requireQuorum(member)
    addNode(lab, member, node, {
      link: linkAddress(parameters.text('link0')),
      nodeId: parameters.integer('nodeid'),
      isForced: parameters.flag('force'),
    })
    return lab.world.membership.configurationOf(member) as ClusterConfiguration
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const [first = '', ...rest] = error.message.trimEnd().split('\n')
    for (const line of [`An error occurred on the cluster node: ${first}`, ...rest]) task.log(line)
    throw new JoinFailure('Cluster join aborted!')
  }
}

/** What whoever adds a node says of it. */
export interface NodeWish {
  readonly link?: string | undefined
  readonly nodeId?: number | undefined
  /** One that is there is entered anew, and keeps its number. */
  readonly isForced?: boolean
}

/** Adds a node to the configuration of a member's cluster, of which it is to hear from its own join. */
export function addNode(lab: ServedLab, member: string, joiner: string, wish: NodeWish) {
  const { membership } = lab.world
  const found = membership.configurationOf(member)
  if (found === undefined) return refuse('invalid corosync.conf\n! no nodes found')
  const former = found.members.find(({ node }) => node === joiner)
  if (former !== undefined && wish.isForced !== true) refuse(`can't add existing node '${joiner}'`)
  const configuration = { ...found, members: found.members.filter((each) => each !== former) }
  const isKnown = lab.world.nodes.some(({ name }) => name === joiner)
  if (!isKnown) refuse(`no machine of this lab is called '${joiner}'`)
  const address = wish.link ?? lab.addressOf(joiner)
  const user = configuration.members.find((other) => other.address === address)
  if (user !== undefined)
    refuse(`corosync: address '${address}' already used on link ring0_addr by node '${user.node}'`)
  const taken = new Set(configuration.members.map(({ nodeId }) => nodeId))
  if (wish.nodeId !== undefined && taken.has(wish.nodeId)) refuse(`nodeid '${wish.nodeId}' already used`)
  let nodeId = wish.nodeId ?? former?.nodeId ?? 1
  while (taken.has(nodeId)) nodeId++
  const added = { node: joiner, nodeId, address, isAddressLocal: address === lab.addressOf(joiner) }
  const version = configuration.version + 1
  membership.install(
    { ...configuration, version, members: [...configuration.members, added] },
    // The joiner learns of it when it has thrown away its own data.
    (node) => node !== joiner,
  )
  const key = `# of ${configuration.name}\n`
  return { corosync_authkey: key, corosync_conf: configurationText(membership, member), warnings: [] }
}

function configurationText(membership: ServedLab['world']['membership'], member: string): string {
  const { name, version, members } = membership.configurationOf(member) as ClusterConfiguration
  const nodes = members.map(
    ({ node, nodeId, address }) =>
      `  node {\n    name: ${node}\n    nodeid: ${nodeId}\n    quorum_votes: 1\n    ring0_addr: ${address}\n  }\n`,
  )
  return [
    'logging {\n  debug: off\n  to_syslog: yes\n}\n',
    `nodelist {\n${nodes.join('')}}\n`,
    'quorum {\n  provider: corosync_votequorum\n}\n',
    `totem {\n  cluster_name: ${name}\n  config_version: ${version}\n  interface {\n    linknumber: 0\n  }\n  ip_version: ipv4-6\n  link_mode: passive\n  secauth: on\n  version: 2\n}\n`,
  ].join('\n')
}

async function untilQuorate(lab: ServedLab, node: string): Promise<void> {
  const { upSinceMs } = lab.machine(node)
  while (!lab.world.shared.isQuorate(node)) {
    await lab.clock.sleep(waitStepMs)
    if (lab.machine(node).upSinceMs !== upSinceMs) throw new JoinFailure('unexpected status')
  }
}

/** `10.9.0.11` or `address=10.9.0.11,priority=5`. */
export function linkAddress(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('=')) return text?.split(',')[0]
  return parsePropertyString(text).address ?? text.split(',')[0]
}
