/** Keys that may log in as root: one file of the cluster file system, for all nodes, as on a real cluster. */
import type { ServedLab } from '../pve-front-end/served-lab.ts'

/** Below /etc/pve, to which /root/.ssh/authorized_keys is a link. */
export const authorizedKeysFile = 'priv/authorized_keys'

export function readAuthorizedKeys({ world }: ServedLab, node: string): string | undefined {
  // Nobody can read it while the cluster file system does not run (proxmox.md 11).
  if (!world.shared.isRunning(node)) return undefined
  return (world.shared.read(node, authorizedKeysFile) as string | undefined) ?? ''
}

/** `key`: as it goes over the wire. */
export function isAuthorized(lab: ServedLab, node: string, key: Buffer): boolean {
  const lines = readAuthorizedKeys(lab, node)?.split('\n') ?? []
  const wanted = key.toString('base64')
  return lines.some((line) => !line.trimStart().startsWith('#') && line.split(/\s+/).includes(wanted))
}
