/** Keys of hosts that a node has met over SSH: OpenSSH keeps the list before the last change beside it. */
import type { ServedLab } from '../pve-front-end/served-lab.ts'
import type { Entry } from './file-tree.ts'

const file = 'known hosts (number of changes)'

export function noteKnownHost(lab: ServedLab, node: string): void {
  lab.files.write(node, file, lab.files.read(node, file, 0) + 1)
}

export function knownHostFiles(lab: ServedLab, node: string): readonly Entry[] {
  const changes = lab.files.read(node, file, 0)
  const entry = (name: string, mode: string, size: number): Entry => ({
    name,
    kind: 'file',
    mode,
    group: 'root',
    size,
  })
  return [
    ...(changes > 0 ? [entry('known_hosts', '600', 806)] : []),
    ...(changes > 1 ? [entry('known_hosts.old', '644', 142)] : []),
  ]
}
