/** Files of the nodes that commands read and write: some are made from the world, others keep what was written. */
import type { PveFrontEnd } from '../pve-front-end/front-end.ts'
import type { ServedLab } from '../pve-front-end/served-lab.ts'
import { authorizedKeysFile, readAuthorizedKeys } from './authorized-keys.ts'
import { clusterFile, clusterFolder } from './cluster-files.ts'

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
    if (path === '/etc/network/interfaces') return interfaces(lab, node)
    return this.#written.get(`${node}:${path}`)
  }

  /** Names in a folder, or undefined where there is none. */
  list(node: string, given: string): readonly string[] | undefined {
    const path = absolute(given).replace(/\/+$/, '')
    if (path === '/etc/pve' || path.startsWith('/etc/pve/'))
      return clusterFolder({ frontEnd: this.#frontEnd, node }, path.slice('/etc/pve'.length + 1))
    const prefix = `${node}:${path}/`
    const names = [...this.#written.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split('/')[0] as string)
    return names.length > 0 || /^\/(root|tmp|var\/tmp)$/.test(path) ? [...new Set(names)].sort() : undefined
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
    if (!/^\/(root|tmp|var\/tmp)\//.test(path)) return 'Permission denied'
    this.#written.set(`${node}:${path}`, before + content)
    return undefined
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
