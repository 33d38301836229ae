/** The SSH servers of a served lab, one port per node. */
import { createHash } from 'node:crypto'
import type { Clock, EventScheduler } from '../../contracts/clock.ts'
import type { PveFrontEnd } from '../pve-front-end/front-end.ts'
import { authorizedKeysFile } from './authorized-keys.ts'
import { NodeFiles } from './files.ts'
import { createKeyPair } from './key-pair.ts'
import { type HostKey, SshListener } from './ssh-listener.ts'

export interface ServeShellsOptions {
  readonly frontEnd: PveFrontEnd
  readonly clock: Clock & EventScheduler
  /** Port of the first node; the next ones follow. 0: a free one for each. */
  readonly firstPort: number
  /** Public keys that may log in as root, one a line, as in a file of authorized keys. */
  readonly authorizedKeys?: string
  /** Virtual time between two looks at who listens. */
  readonly lookEveryMs: number
  failed(error: unknown): void
}

export interface ServedShell {
  readonly node: string
  readonly host: string
  readonly port: number
  readonly hostKey: string
  readonly fingerprint: string
}

export interface ServingShells {
  readonly nodes: readonly ServedShell[]
  close(): Promise<void>
}

/** To be called while the clock does not run or holds. */
export async function serveShells(options: ServeShellsOptions): Promise<ServingShells> {
  const { frontEnd, clock, firstPort, authorizedKeys, failed } = options
  const { world } = frontEnd.lab
  if (authorizedKeys !== undefined) world.shared.install(authorizedKeysFile, authorizedKeys)
  const files = new NodeFiles(frontEnd)
  const shells = world.nodes.map(({ name }, position) => {
    const hostKey = createHostKey(name)
    const port = firstPort === 0 ? 0 : firstPort + position
    return {
      name,
      hostKey,
      listener: new SshListener({ frontEnd, files, node: name, hostKey, port, failed }),
    }
  })
  for (const { listener } of shells) await listener.reserve()
  const look = () => {
    for (const { listener } of shells) listener.refresh().catch(failed)
    cancelLook = clock.at(clock.nowMs() + options.lookEveryMs, look)
  }
  let cancelLook = clock.at(clock.nowMs(), look)
  return {
    nodes: shells.map(({ name, hostKey, listener }) => ({
      node: name,
      host: '127.0.0.1',
      port: listener.port,
      hostKey: hostKey.publicKey,
      fingerprint: hostKey.fingerprint,
    })),
    async close() {
      cancelLook()
      for (const { listener } of shells) await listener.close()
    },
  }
}

function createHostKey(node: string): HostKey {
  const pair = createKeyPair(`root@${node}`)
  const data = Buffer.from(pair.public.split(' ')[1] ?? '', 'base64')
  const digest = createHash('sha256').update(data).digest('base64').replace(/=+$/, '')
  return { privateKey: pair.private, publicKey: pair.public.trim(), fingerprint: `SHA256:${digest}` }
}
