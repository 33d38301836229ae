/** Files of the nodes that commands read and write: some are made from the world, others keep what was written. */
import type { PveFrontEnd } from '../pve-front-end/front-end.ts'
import { pidOfGuest } from '../pve-front-end/handlers/guests.ts'
import type { ServedLab } from '../pve-front-end/served-lab.ts'
import { authorizedKeysFile, readAuthorizedKeys } from './authorized-keys.ts'
import { clusterFile } from './cluster-files.ts'
import { type Entry, folderEntries } from './file-tree.ts'

/** Domain of the nodes' names, as their certificates have it. */
export const domain = 'lab.test'

export class NodeFiles {
  readonly #frontEnd: PveFrontEnd
  readonly #lab: ServedLab
  /** What was written, by node and path. */
  readonly #written = new Map<string, string>()

  constructor(frontEnd: PveFrontEnd) {
    this.#frontEnd = frontEnd
    this.#lab = frontEnd.lab
  }

  /** Undefined where there is no such file. */
  async read(node: string, given: string): Promise<string | undefined> {
    const lab = this.#lab
    const path = absolute(given)
    if (path === '/dev/null') return ''
    if (isAuthorizedKeys(path)) return readAuthorizedKeys(lab, node)
    const place = { frontEnd: this.#frontEnd, node }
    if (path.startsWith('/etc/pve/')) return clusterFile(place, path.slice('/etc/pve/'.length))
    if (path === '/etc/hostname') return `${node}\n`
    if (path === '/etc/hosts') return hosts(lab, node)
    if (path === '/etc/corosync/corosync.conf') return clusterFile(place, 'corosync.conf')
    if (path === '/etc/ceph/ceph.conf') return clusterFile(place, 'ceph.conf')
    if (path === '/etc/os-release') return operatingSystem(lab)
    const [, vmid] = /^\/(?:var\/)?run\/qemu-server\/(\d+)\.pid$/.exec(path) ?? []
    if (vmid !== undefined) return processIdOf(lab, node, vmid)
    if (path === '/etc/network/interfaces') return interfaces(lab, node)
    return this.#written.get(`${node}:${path}`)
  }

  /** What lies in a folder, in the order of names; undefined where there is none. */
  entries(node: string, given: string): readonly Entry[] | undefined {
    const path = absolute(given).replace(/\/+$/, '')
    const made = folderEntries(this.#lab, node, path)
    const prefix = `${node}:${path}/`
    const written = [...this.#written.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split('/') as [string, ...string[]])
    const own = new Map(
      written.map(([name, ...below]): [string, Entry] => [
        name,
        {
          name,
          kind: below.length > 0 ? 'folder' : 'file',
          mode: below.length > 0 ? '755' : '644',
          group: 'root',
        },
      ]),
    )
    if (made === undefined && own.size === 0 && !/^\/(root|tmp|var\/tmp)$/.test(path)) return undefined
    return [...(made ?? []), ...own.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** The entry of a path itself. */
  entry(node: string, given: string): Entry | undefined {
    const path = absolute(given).replace(/\/+$/, '')
    const at = path.lastIndexOf('/')
    return this.entries(node, at === 0 ? '/' : path.slice(0, at))?.find(
      ({ name }) => name === path.slice(at + 1),
    )
  }

  async sizeOf(node: string, path: string, { kind, size }: Entry): Promise<number> {
    if (kind !== 'file') return 0
    return size ?? Buffer.byteLength((await this.read(node, path)) ?? '')
  }

  /** Paths that a pattern of the shell stands for: `/etc/pve/nodes/*`. */
  match(node: string, pattern: string): readonly string[] {
    const [first = '', ...segments] = pattern.split('/')
    if (first !== '') return []
    let found = ['']
    for (const segment of segments) {
      if (!/[*?]/.test(segment)) {
        found = found.map((path) => `${path}/${segment}`)
        continue
      }
      const wanted = globPattern(segment)
      found = found.flatMap((path) =>
        (this.entries(node, path) ?? [])
          .filter(({ name }) => wanted.test(name) && (segment.startsWith('.') || !name.startsWith('.')))
          .map(({ name }) => `${path}/${name}`),
      )
    }
    return found.filter(
      (path) => this.entries(node, path) !== undefined || this.entry(node, path) !== undefined,
    )
  }

  /** Gives why it is not allowed, if it is not. */
  async write(
    node: string,
    given: string,
    content: string,
    isAppending: boolean,
  ): Promise<string | undefined> {
    const { world } = this.#lab
    const path = absolute(given)
    if (path === '/dev/null') return undefined
    if (path === '/proc/sysrq-trigger') {
      this.#sysrq(node, content)
      return undefined
    }
    const before = isAppending ? ((await this.read(node, path)) ?? '') : ''
    if (isAuthorizedKeys(path))
      return world.shared.write(node, authorizedKeysFile, before + content) ? undefined : 'Permission denied'
    if (!writable.test(path)) return 'Permission denied'
    this.#written.set(`${node}:${path}`, before + content)
    return undefined
  }

  /** Whether it was written by somebody, not made from the lab. */
  isOwn(node: string, given: string): boolean {
    return this.#written.has(`${node}:${absolute(given)}`)
  }

  /** Whether it was there, and could go. */
  remove(node: string, given: string): boolean {
    return this.#written.delete(`${node}:${absolute(given)}`)
  }

  /** At once, and nothing is written to disk before. */
  #sysrq(node: string, keys: string): void {
    const machine = this.#lab.machine(node)
    if (keys.startsWith('b')) machine.reset()
    if (keys.startsWith('o') || keys.startsWith('c')) machine.cutPower()
  }
}

/** Where files are kept; in `/etc` those of other programs, which change nothing in a lab. */
const writable =
  /^\/(root|tmp|var\/tmp|etc\/default|etc\/apt|etc\/modprobe\.d|etc\/sysctl\.d)\/|^\/etc\/(exports|fstab|motd|issue)$/

/** `*.conf` */
export function globPattern(glob: string): RegExp {
  const source = glob
    .replaceAll(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}

function absolute(path: string): string {
  const bare = path.replace(/^(\.\/|~\/)/, '')
  return bare.startsWith('/') ? bare : `/root/${bare}`
}

function isAuthorizedKeys(path: string): boolean {
  return ['/root/.ssh/authorized_keys', `/etc/pve/${authorizedKeysFile}`].includes(path)
}

function hosts(lab: ServedLab, node: string): string {
  return `127.0.0.1 localhost.localdomain localhost
${lab.addressOf(node)} ${node}.${domain} ${node}

# The following lines are desirable for IPv6 capable hosts

::1     ip6-localhost ip6-loopback
fe00::0 ip6-localnet
ff00::0 ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
ff02::3 ip6-allhosts
`
}

/** Debian 12 carries 8.x, Debian 13 the releases from 9 on. */
function operatingSystem(lab: ServedLab): string {
  const [version, name] = lab.isSince('9.0') ? ['13', 'trixie'] : ['12', 'bookworm']
  return `PRETTY_NAME="Debian GNU/Linux ${version} (${name})"
NAME="Debian GNU/Linux"
VERSION_ID="${version}"
VERSION="${version} (${name})"
VERSION_CODENAME=${name}
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`
}

/** QEMU writes its number down where the node looks for it. */
function processIdOf(lab: ServedLab, node: string, vmid: string): string | undefined {
  const guest = lab.guestWith(vmid, 'vm')
  return guest?.host === node ? `${pidOfGuest(guest)}\n` : undefined
}

function interfaces(lab: ServedLab, node: string): string {
  return `auto lo
iface lo inet loopback

iface ens18 inet manual

auto vmbr0
iface vmbr0 inet static
	address ${lab.addressOf(node)}/24
	gateway 10.9.0.1
	bridge-ports ens18
	bridge-stp off
	bridge-fd 0
`
}
