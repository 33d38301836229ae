/** Which files and folders lie where on a node, with their modes, as `ls -l` and `find` show them. */

import { cephConfiguration } from '../pve-front-end/ceph-setup.ts'
import type { ServedLab } from '../pve-front-end/served-lab.ts'
import { vmidOf } from '../pve-front-end/served-lab.ts'
import { readGroups, readServices } from '../world/shared-files.ts'
import { knownHostFiles } from './known-hosts.ts'
import { hasUserFile } from './user-file.ts'

export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link'
  /** Octal. */
  readonly mode: string
  readonly group: 'root' | 'www-data'
  /** Of a link. */
  readonly target?: string
  /** Bytes of a file that nobody can read here: keys and databases. */
  readonly size?: number
}

const folder = (name: string, mode = '755'): Entry => ({ name, kind: 'folder', mode, group: 'www-data' })
const file = (name: string, mode = '640', size?: number): Entry => ({
  name,
  kind: 'file',
  mode,
  group: 'www-data',
  ...(size === undefined ? {} : { size }),
})
const link = (name: string, target: string): Entry => ({
  name,
  kind: 'link',
  mode: '755',
  group: 'www-data',
  target,
})
const ofRoot = (entry: Entry): Entry => ({ ...entry, group: 'root' })

/** Bytes of keys of 2048 and 4096 bits, of what is made of them, and of small fixed files (recorded). */
const sizes = {
  key: 1704,
  largeKey: 3268,
  publicKey: 451,
  hosts: 385,
  cron: 119,
  database: 28_672,
  shadow: 61,
  token: 98,
} as const

/** Names in a folder of the system or of the cluster file system; undefined where there is no such folder. */
export function folderEntries(lab: ServedLab, node: string, path: string): readonly Entry[] | undefined {
  if (path === '/etc/pve' || path.startsWith('/etc/pve/')) return clusterEntries(lab, node, path.slice(8))
  const isMember = lab.clusterName(node) !== undefined
  // Who was not the first has thrown a database away to join.
  const hasJoined = lab.nodeIdOf(node) > 1
  switch (path) {
    case '/etc/corosync':
      return isMember
        ? [
            ofRoot(file('authkey', '400', 256)),
            ofRoot(file('corosync.conf', '644')),
            ofRoot(folder('uidgid.d')),
          ]
        : [ofRoot(folder('uidgid.d'))]
    case '':
      return [ofRoot(folder('etc')), ofRoot(folder('root', '700')), ofRoot(folder('var'))]
    case '/etc/ssh':
      return isMember && !hasJoined
        ? [ofRoot({ ...link('ssh_known_hosts', '/etc/pve/priv/known_hosts'), mode: '777' })]
        : []
    case '/root':
      return [ofRoot(folder('.ssh', '700'))]
    case '/root/.ssh':
      return [
        ofRoot({ ...link('authorized_keys', '/etc/pve/priv/authorized_keys'), mode: '777' }),
        ofRoot(file('config', '640', 117)),
        ofRoot(file('id_rsa', '600', 3369)),
        ofRoot(file('id_rsa.pub', '644', 735)),
        ...knownHostFiles(lab, node),
      ]
    case '/var/lib/pve-cluster':
      return [
        ofRoot(file('.pmxcfs.lockfile', '600', 0)),
        ...(hasJoined ? [ofRoot(folder('backup', '700'))] : []),
        ofRoot(file('config.db', '600', sizes.database)),
        ofRoot(file('config.db-shm', '600', 32_768)),
        ofRoot(file('config.db-wal', '600', 1_079_472)),
      ]
    case '/var/lib/pve-cluster/backup':
      return hasJoined
        ? [ofRoot(file(`config-${lab.wallTime.secondsAt(0)}.sql.gz`, '644', 14_023))]
        : undefined
    default:
      return undefined
  }
}

/** `path` below /etc/pve, with its slash. */
function clusterEntries(lab: ServedLab, node: string, path: string): readonly Entry[] | undefined {
  const { shared } = lab.world
  if (!shared.isRunning(node)) return path === '' ? [] : undefined
  const real = path
    .replace(/^\/local(?=\/|$)/, `/nodes/${node}`)
    .replace(/^\/(qemu-server|lxc)/, `/nodes/${node}/$1`)
  const home = /^\/nodes\/([^/]+)/.exec(real)?.[1]
  if (home !== undefined && !lab.members(node).includes(home)) return undefined
  const isMember = lab.clusterName(node) !== undefined
  const users = [...lab.accountsOf(node).users.values()]
  switch (real.replace(/^\/nodes\/[^/]+/, '/nodes/NAME')) {
    case '':
      return rootEntries(lab, node)
    case '/nodes':
      return lab.members(node).map((name) => folder(name))
    case '/nodes/NAME':
      return nodeEntries(lab, node, home ?? node)
    case '/nodes/NAME/qemu-server':
      return guestFiles(lab, node, home ?? node, 'vm')
    case '/nodes/NAME/lxc':
      return guestFiles(lab, node, home ?? node, 'ct')
    case '/nodes/NAME/openvz':
    case '/nodes/NAME/priv':
    case '/firewall':
    case '/mapping':
    case '/priv/acme':
    case '/sdn/fabrics':
    case '/virtual-guest':
      return []
    case '/ha':
      return haEntries(lab, node)
    case '/priv':
      return [
        folder('acme', '700'),
        file('authkey.key', '600', sizes.key),
        file('authorized_keys', '600'),
        ...(isMember ? [file('known_hosts', '600', 778)] : []),
        folder('lock', '700'),
        file('pve-root-ca.key', '600', sizes.largeKey),
        file('pve-root-ca.srl', '600', 3),
        ...(users.some(({ userid, password }) => password !== undefined && userid.endsWith('@pve'))
          ? [file('shadow.cfg', '600', sizes.shadow)]
          : []),
        ...(users.some(({ tokens }) => tokens.size > 0) ? [file('token.cfg', '600', sizes.token)] : []),
      ]
    case '/priv/lock':
      return shared.lockNames(node).map((name) => folder(name, '700'))
    case '/sdn':
      return [folder('fabrics')]
    default:
      return undefined
  }
}

function rootEntries(lab: ServedLab, node: string): readonly Entry[] {
  return [
    file('.clusterlog', '440'),
    file('.debug', '640', 2),
    file('.members', '440'),
    file('.rrd', '440'),
    file('.version', '440'),
    file('.vmlist', '440'),
    file('authkey.pub', '640', sizes.publicKey),
    ...(cephConfiguration(lab, node) === undefined ? [] : [file('ceph.conf')]),
    ...(lab.clusterName(node) === undefined ? [] : [file('corosync.conf')]),
    folder('firewall'),
    folder('ha'),
    link('local', `nodes/${node}`),
    link('lxc', `nodes/${node}/lxc`),
    folder('mapping'),
    folder('nodes'),
    link('openvz', `nodes/${node}/openvz`),
    folder('priv', '700'),
    file('pve-root-ca.pem'),
    file('pve-www.key', '640', sizes.key),
    link('qemu-server', `nodes/${node}/qemu-server`),
    folder('sdn'),
    ...(hasUserFile(lab, node) ? [file('user.cfg')] : []),
    folder('virtual-guest'),
    file('vzdump.cron', '640', sizes.cron),
  ]
}

const nodeEntries = (lab: ServedLab, viewer: string, name: string): readonly Entry[] => [
  ...(lab.world.shared.read(viewer, `nodes/${name}/config`) === undefined ? [] : [file('config', '640', 10)]),
  file('lrm_status'),
  folder('lxc'),
  folder('openvz'),
  folder('priv', '700'),
  file('pve-ssl.key', '640', sizes.key),
  file('pve-ssl.pem'),
  folder('qemu-server'),
  file('ssh_known_hosts', '640', sizes.hosts),
]

function guestFiles(lab: ServedLab, viewer: string, home: string, kind: 'vm' | 'ct'): readonly Entry[] {
  return lab.world.guests
    .filter((guest) => guest.kind === kind && lab.world.configuredNode(guest, viewer) === home)
    .map((guest) => file(`${vmidOf(guest)}.conf`))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** The files of HA come with its first resource. */
function haEntries({ world: { shared } }: ServedLab, node: string): readonly Entry[] {
  if (Object.keys(readServices(shared, node)).length === 0) return []
  return [
    file('crm_commands', '640', 22),
    ...(readGroups(shared, node).length > 0 ? [file('groups.cfg')] : []),
    file('manager_status'),
    file('resources.cfg'),
  ]
}
