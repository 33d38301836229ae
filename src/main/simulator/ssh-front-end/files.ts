/** Files of the nodes that commands read and write: some are made from the world, others keep what was written. */
import type { ServedLab } from '../pve-front-end/served-lab.ts'
import { authorizedKeysFile, readAuthorizedKeys } from './authorized-keys.ts'

export class NodeFiles {
  readonly #lab: ServedLab
  /** What was written, by node and path. */
  readonly #written = new Map<string, string>()

  constructor(lab: ServedLab) {
    this.#lab = lab
  }

  read(node: string, path: string): string | undefined {
    const lab = this.#lab
    if (path === '/dev/null') return ''
    if (isAuthorizedKeys(path)) return readAuthorizedKeys(lab, node)
    return this.#written.get(`${node}:${absolute(path)}`)
  }

  /** Gives why it is not allowed, if it is not. */
  write(node: string, path: string, content: string, isAppending: boolean): string | undefined {
    const { world } = this.#lab
    if (path === '/dev/null') return undefined
    if (path === '/proc/sysrq-trigger') {
      this.#sysrq(node, content)
      return undefined
    }
    const before = isAppending ? (this.read(node, path) ?? '') : ''
    if (isAuthorizedKeys(path))
      return world.shared.write(node, authorizedKeysFile, before + content) ? undefined : 'Permission denied'
    if (!/^\/(root|tmp|var\/tmp)\//.test(absolute(path))) return 'Permission denied'
    this.#written.set(`${node}:${absolute(path)}`, before + content)
    return undefined
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
  return ['/root/.ssh/authorized_keys', `/etc/pve/${authorizedKeysFile}`].includes(absolute(path))
}
