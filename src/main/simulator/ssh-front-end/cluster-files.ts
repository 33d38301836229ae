/** What lies below /etc/pve, written from the answers of the API, which says the same in another form. */
import { cephConfigurationText } from '../pve-front-end/ceph-setup.ts'
import type { PveFrontEnd } from '../pve-front-end/front-end.ts'
import { textOf } from '../pve-front-end/parameters.ts'
import { type ServedLab, vmidOf } from '../pve-front-end/served-lab.ts'
import { described } from './pve-command/guest-subcommands.ts'
import { callLocally, Refusal } from './pve-command/local-call.ts'
import { userFile } from './user-file.ts'

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
  [/^\.version$/, versions],
  [/^\.rrd$/, figures],
  [/^nodes\/([^/]+)\/pve-ssl\.pem$/, ({ frontEnd }, node = '') => frontEnd.lab.certificates.of(node)?.pem],
  [/^pve-root-ca\.pem$/, ({ frontEnd }) => frontEnd.lab.certificates.authorityPem],
  [/^\.clusterlog$/, clusterLog],
  [/^user\.cfg$/, ({ frontEnd, node }) => userFile(frontEnd.lab, node)],
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

/** Files whose changes the cluster file system counts, in its order (recorded). */
const countedFiles =
  'corosync.conf corosync.conf.new storage.cfg user.cfg domains.cfg notifications.cfg priv/notifications.cfg priv/shadow.cfg priv/acme/plugins.cfg priv/tfa.cfg priv/token.cfg priv/ipam.db priv/macs.db datacenter.cfg vzdump.cron vzdump.conf jobs.cfg ha/crm_commands ha/manager_status ha/resources.cfg ha/groups.cfg ha/fence.cfg status.cfg replication.cfg ceph.conf sdn/vnets.cfg sdn/zones.cfg sdn/controllers.cfg sdn/subnets.cfg sdn/ipams.cfg sdn/mac-cache.json sdn/pve-ipam-state.json sdn/dns.cfg sdn/fabrics/openfabric.cfg sdn/fabrics/ospf.cfg sdn/.running-config virtual-guest/cpu-models.conf virtual-guest/profiles.cfg firewall/cluster.fw mapping/directory.cfg mapping/pci.cfg mapping/usb.cfg'

/** The model does not count changes of single files: each has the one it began with. */
function versions({ frontEnd, node }: Place): string {
  const { lab } = frontEnd
  const started = lab.wallTime.secondsAt(lab.machine(node).upSinceMs ?? 0)
  const files = countedFiles.split(' ').map((name) => `"${name}": 1`)
  const members = lab
    .members(node)
    // Who was only entered in the configuration has told nothing yet.
    .filter((name) => lab.hasJoined(node, name))
    .map((name) => `"${name}": {\n${toldBy(lab, name).join(',\n')}}`)
  const head = [
    `"starttime": ${started}`,
    `"clinfo": ${lab.world.membership.configurationOf(node)?.version ?? 0}`,
    `"vmlist": ${lab.guestsOf(node).length}`,
  ]
  return `{\n${[...head, ...files].join(',\n')},\n"kvstore": {\n${members.join('\n,\n')}\n}\n}\n`
}

/** What a member tells the others; what it knows of itself is sent again when it joins (recorded of one that stands alone). */
function toldBy(lab: ServedLab, name: string): readonly string[] {
  const told = ['"kv/static-info": 0', `"tasklist": ${lab.tasks.ofNode(name).length}`]
  const isAlone = lab.clusterName(name) === undefined
  return isAlone
    ? [...told, ...['cpuflags-tcg', 'cpuflags-kvm', 'version-info'].map((key) => `"kv/${key}": 1`)]
    : told
}

/** What the members last told of their load: nodes, guests, storages. */
async function figures(place: Place): Promise<string> {
  const { lab } = place.frontEnd
  const seconds = lab.wallTime.seconds()
  const resources = await get<Fields[]>(place, '/cluster/resources')
  const number = (value: unknown) => textOf(value ?? 0)
  return resources
    .flatMap((entry): string[] => {
      const { type, node, storage, status } = entry
      if (status !== 'online' && status !== 'available' && status !== 'running' && status !== 'stopped')
        return []
      if (type === 'storage')
        return [`pve2-storage/${node}/${storage}:${seconds}:${number(entry.maxdisk)}:${number(entry.disk)}`]
      if (type === 'node') {
        const swap = lab.world.load.swapMiB(lab.machine(String(node)).spec) * 1024 ** 2
        const figures = [
          entry.cpu,
          entry.maxcpu,
          entry.cpu,
          0,
          entry.maxmem,
          entry.mem,
          swap,
          0,
          entry.maxdisk,
          entry.disk,
          0,
          0,
        ]
        return [`pve2-node/${node}:${number(entry.uptime)}::${seconds}:${figures.map(number).join(':')}`]
      }
      if (type !== 'qemu' && type !== 'lxc') return []
      const isRunning = status === 'running'
      const whileRunning = (value: unknown) => (isRunning ? value : 'U')
      // Traffic of disks is not known of those on shared storages (recorded).
      const values = [
        entry.uptime,
        entry.name,
        status,
        entry.template,
        seconds,
        entry.maxcpu,
        whileRunning(entry.cpu),
        entry.maxmem,
        whileRunning(entry.mem),
        entry.maxdisk,
        entry.disk,
        whileRunning(entry.netin),
        whileRunning(entry.netout),
        'U',
        'U',
      ]
      return [`pve2.3-vm/${entry.vmid}:${values.map(number).join(':')}`]
    })
    .map((line) => `${line}\n`)
    .join('')
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
