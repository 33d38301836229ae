/** What lies below /etc/pve, written from the answers of the API, which says the same in another form. */
import { cephConfigurationText } from '../pve-front-end/ceph-setup.ts'
import type { PveFrontEnd } from '../pve-front-end/front-end.ts'
import { vmidOf } from '../pve-front-end/served-lab.ts'
import { described } from './pve-command/guest-subcommands.ts'
import { callLocally, Refusal } from './pve-command/local-call.ts'

interface Place {
  readonly frontEnd: PveFrontEnd
  readonly node: string
}

type Fields = Readonly<Record<string, unknown>>
type Writer = (place: Place, ...found: string[]) => string | undefined | Promise<string | undefined>

const writers: readonly (readonly [RegExp, Writer])[] = [
  [/^corosync\.conf$/, corosyncConf],
  [/^\.members$/, members],
  [/^\.vmlist$/, guestList],
  [/^\.clusterlog$/, clusterLog],
  [/^ceph\.conf$/, ({ frontEnd, node }) => cephConfigurationText(frontEnd.lab, node)],
  [/^datacenter\.cfg$/, datacenterFile],
  [/^storage\.cfg$/, (place) => sections(place, '/storage', 'type', 'storage')],
  [/^ha\/resources\.cfg$/, (place) => sections(place, '/cluster/ha/resources', 'type', 'sid')],
  [/^ha\/groups\.cfg$/, (place) => sections(place, '/cluster/ha/groups', 'type', 'group')],
  [/^ha\/rules\.cfg$/, (place) => sections(place, '/cluster/ha/rules', 'type', 'rule')],
  [/^ha\/manager_status$/, managerStatus],
  [/^nodes\/([^/]+)\/lrm_status$/, lrmStatus],
  [/^nodes\/([^/]+)\/(qemu-server|lxc)\/(\d+)\.conf$/, guestFile],
]

/** `path` below /etc/pve; undefined where there is no such file. */
export async function clusterFile(place: Place, path: string): Promise<string | undefined> {
  const { frontEnd, node } = place
  // Without the cluster file system the folder is empty.
  if (!frontEnd.lab.world.shared.isRunning(node)) return undefined
  const real = path.replace(/^local\//, `nodes/${node}/`).replace(/^(qemu-server|lxc)\//, `nodes/${node}/$1/`)
  for (const [pattern, write] of writers) {
    const match = pattern.exec(real)
    if (match === null) continue
    try {
      return await write(place, ...match.slice(1))
    } catch (error) {
      if (error instanceof Refusal) return undefined
      throw error
    }
  }
  return undefined
}

/** Names in a folder below /etc/pve. */
export function clusterFolder({ frontEnd, node }: Place, path: string): readonly string[] | undefined {
  const { world } = frontEnd.lab
  if (!world.shared.isRunning(node)) return path === '' ? [] : undefined
  if (path === '')
    return 'authkey.pub ceph.conf corosync.conf datacenter.cfg firewall ha local lxc nodes priv pve-root-ca.pem pve-www.key qemu-server sdn storage.cfg user.cfg virtual-guest'.split(
      ' ',
    )
  if (path === 'nodes') return frontEnd.lab.members(node)
  if (path === 'ha') return ['crm_commands', 'manager_status', 'resources.cfg']
  const [, name = node, folder] =
    /^(?:nodes\/([^/]+)|local)(?:\/(qemu-server|lxc))?$/.exec(path) ??
    /^()(qemu-server|lxc)$/.exec(path) ??
    []
  const home = name === '' ? node : name
  if (!/^(nodes\/|local|qemu-server$|lxc$)/.test(path) || !frontEnd.lab.members(node).includes(home))
    return undefined
  if (folder === undefined)
    return [
      'lrm_status',
      'lxc',
      'openvz',
      'priv',
      'pve-ssl.key',
      'pve-ssl.pem',
      'qemu-server',
      'ssh_known_hosts',
    ]
  const kind = folder === 'lxc' ? 'ct' : 'vm'
  return world.guests
    .filter((guest) => guest.kind === kind && world.configuredNode(guest, node) === home)
    .map((guest) => `${vmidOf(guest)}.conf`)
}

const get = <Data>(place: Place, path: string) => callLocally(place, 'GET', path, {}) as Promise<Data>

async function corosyncConf(place: Place): Promise<string | undefined> {
  const totem = await get<Record<string, string> | null>(place, '/cluster/config/totem')
  if (totem?.cluster_name === undefined) return undefined
  const nodes = (await get<Record<string, string>[]>(place, '/cluster/config/nodes')).map(
    ({ name, nodeid, quorum_votes, ring0_addr }) =>
      `  node {\n    name: ${name}\n    nodeid: ${nodeid}\n    quorum_votes: ${quorum_votes}\n    ring0_addr: ${ring0_addr}\n  }\n`,
  )
  return `logging {
  debug: off
  to_syslog: yes
}

nodelist {
${nodes.join('')}}

quorum {
  provider: corosync_votequorum
}

totem {
  cluster_name: ${totem.cluster_name}
  config_version: ${totem.config_version}
  interface {
    linknumber: 0
  }
  ip_version: ${totem.ip_version}
  link_mode: ${totem.link_mode}
  secauth: ${totem.secauth}
  version: ${totem.version}
}

`
}

interface StatusEntry {
  readonly type: string
  readonly name: string
  readonly nodeid?: number
  readonly online?: number
  readonly ip?: string
  readonly version?: number
  readonly nodes?: number
  readonly quorate?: number
}

async function members(place: Place): Promise<string> {
  const entries = await get<StatusEntry[]>(place, '/cluster/status')
  const cluster = entries.find(({ type }) => type === 'cluster')
  // How often it has changed is not known; the configuration's own number grows with it.
  const head = `"nodename": "${place.node}",\n"version": ${cluster?.version ?? 0}`
  if (cluster === undefined) return `{\n${head}\n}\n`
  const nodes = entries
    .filter(({ type }) => type === 'node')
    .map(({ name, nodeid, online, ip }) => {
      const address = ip === undefined ? '' : `, "ip": "${ip}"`
      return `  "${name}": { "id": ${nodeid}, "online": ${online}${address}}`
    })
  const about = `"name": "${cluster.name}", "version": ${cluster.version}, "nodes": ${cluster.nodes}, "quorate": ${cluster.quorate}`
  return `{\n${head},\n"cluster": { ${about} },\n"nodelist": {\n${nodes.join(',\n')}\n  }\n}\n`
}

function guestList({ frontEnd, node }: Place): string {
  const { world } = frontEnd.lab
  const guests = frontEnd.lab.guestsOf(node).map((guest, position) => {
    const type = guest.kind === 'vm' ? 'qemu' : 'lxc'
    const home = world.configuredNode(guest, node)
    return `"${vmidOf(guest)}": { "node": "${home}", "type": "${type}", "version": ${position + 1} }`
  })
  const version = `"version": ${guests.length}`
  return guests.length === 0
    ? `{\n${version}\n\n}\n`
    : `{\n${version},\n"ids": {\n${guests.join(',\n')}}\n\n}\n`
}

function clusterLog({ frontEnd, node: reader }: Place): string {
  const entries = frontEnd.lab.journal
    .clusterLog(frontEnd.lab.members(reader), Number.MAX_SAFE_INTEGER)
    .map((entry) => {
      const { uid, time, pri, node, user, msg } = entry
      const head = `"uid": ${uid}, "time": ${time}, "pri": ${pri}, "tag": "pvedaemon", "pid": 1`
      return `{${head}, "node": "${node}", "user": "${user}", "msg": ${JSON.stringify(msg)}}`
    })
  return `{\n"data": [\n${entries.join(',\n')}\n]\n}\n`
}

async function datacenterFile(place: Place): Promise<string> {
  const {
    'allowed-tags': _tags,
    description: _description,
    ...options
  } = await get<Fields>(place, '/cluster/options')
  return described(
    Object.fromEntries(Object.entries(options).map(([name, value]) => [name, propertyString(value)])),
    '',
  )
}

function propertyString(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([name, part]) => `${name}=${part}`)
    .join(',')
}

/** `type: id`, then settings in the order of their names. */
async function sections(place: Place, path: string, typeField: string, idField: string): Promise<string> {
  const entries = await get<Fields[]>(place, path)
  return entries
    .map(({ digest: _digest, ...entry }) => {
      const settings = Object.entries(entry)
        .filter(([name]) => name !== typeField && name !== idField)
        .sort(([first], [second]) => (first < second ? -1 : 1))
      const id = String(entry[idField]).replace(/^(vm|ct):/, '')
      const type = typeof entry[typeField] === 'string' ? entry[typeField] : idField
      return `${type}: ${id}\n${settings.map(([name, value]) => `\t${name} ${value}\n`).join('')}\n`
    })
    .join('')
}

interface FullStatus {
  readonly manager_status: Fields
  readonly lrm_status?: Readonly<Record<string, Fields>>
}

async function managerStatus(place: Place): Promise<string> {
  const { manager_status } = await get<FullStatus>(place, '/cluster/ha/status/manager_status')
  return JSON.stringify(manager_status)
}

async function lrmStatus(place: Place, node = ''): Promise<string | undefined> {
  const { lrm_status } = await get<FullStatus>(place, '/cluster/ha/status/manager_status')
  const status = lrm_status?.[node]
  return status === undefined ? undefined : JSON.stringify(status)
}

async function guestFile(place: Place, node = '', folder = '', vmid = ''): Promise<string | undefined> {
  const kind = folder === 'lxc' ? 'lxc' : 'qemu'
  const call = { frontEnd: place.frontEnd, node }
  const { digest: _digest, ...settings } = await get<Fields>(call, `/nodes/${node}/${kind}/${vmid}/config`)
  return described(settings, '')
}
