/** An embedded lab served by SSH to real clients, fast enough not to be waited for. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import { type ServingLab, serveLab } from '../simulator/pve-front-end/serve-lab.ts'
import { createKeyPair } from '../simulator/ssh-front-end/key-pair.ts'
import { type ServedShell, serveShells } from '../simulator/ssh-front-end/serve-shells.ts'
import type { CommandResult } from './node-commands.ts'
import { labPassword, threeNodes } from './pve-session.ts'

export interface SshLab {
  readonly serving: ServingLab
  readonly clock: VirtualClock
  readonly failures: unknown[]
  shellOf(node: string): ServedShell
  /** By this project's library. */
  run(node: string, command: string, stdin?: string): Promise<CommandResult>
  /** An open connection, to be ended by the caller. */
  connect(node: string, changes?: Partial<ConnectConfig>): Promise<ssh2.Client>
  /** By the client of the system. */
  runBySystem(node: string, command: string): Promise<CommandResult>
  close(): Promise<void>
}

export const hasSystemSsh = spawnSync('ssh', ['-V']).status === 0

/** The lab has booted when this settles. */
export async function openSshLab(speed: number): Promise<SshLab> {
  const clock = new VirtualClock()
  const stop = new AbortController()
  const failures: unknown[] = []
  const looking = { clock, lookEveryMs: 20 * speed, failed: (error: unknown) => failures.push(error) }
  const serving = await serveLab({
    ...looking,
    lab: threeNodes,
    group: 'treatment',
    random: seededRandom(3),
    firstPort: 0,
    rootPassword: labPassword,
  })
  const userKey = createKeyPair('student')
  const shells = await serveShells({
    ...looking,
    frontEnd: serving.frontEnd,
    firstPort: 0,
    authorizedKeys: `${userKey.public}\n`,
  })
  clock.at(250_000, () => clock.setSpeed(speed))
  const running = clock.run(() => clock.sleepUntil(Number.POSITIVE_INFINITY, stop.signal).catch(() => {}))
  while (clock.nowMs() < 252_000) await new Promise((resolve) => setTimeout(resolve, 20))
  const shellOf = (node: string) => shells.nodes.find((shell) => shell.node === node) as ServedShell
  const connect = (node: string, changes: Partial<ConnectConfig> = {}) => {
    const { host, port } = shellOf(node)
    const client = new ssh2.Client()
    return new Promise<ssh2.Client>((resolve, reject) => {
      client.on('ready', () => resolve(client))
      client.on('error', reject)
      client.connect({ host, port, username: 'root', password: labPassword, ...changes })
    })
  }
  return {
    serving,
    clock,
    failures,
    shellOf,
    connect,
    async run(node, command, stdin) {
      const client = await connect(node)
      try {
        return await runOn(client, command, stdin)
      } finally {
        client.end()
      }
    },
    runBySystem: (node, command) => runBySystem(shellOf(node), userKey.private, command),
    async close() {
      stop.abort()
      await running
      await shells.close()
      await serving.close()
    },
  }
}

function runOn(client: ssh2.Client, command: string, stdin?: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error: Error | undefined, channel: ClientChannel) => {
      if (error !== undefined) {
        reject(error)
        return
      }
      let stdout = ''
      let stderr = ''
      let code = -1
      channel.on('data', (data: Buffer) => (stdout += data.toString()))
      channel.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
      channel.on('exit', (exitCode: number) => (code = exitCode))
      channel.on('close', () => resolve({ stdout, stderr, code }))
      if (stdin !== undefined) channel.end(stdin)
    })
  })
}

async function runBySystem(shell: ServedShell, key: string, command: string): Promise<CommandResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-ssh-'))
  try {
    const keyFile = join(folder, 'key')
    const hostsFile = join(folder, 'known_hosts')
    writeFileSync(keyFile, key, { mode: 0o600 })
    writeFileSync(hostsFile, `[${shell.host}]:${shell.port} ${shell.hostKey}\n`)
    const options = ['-F', '/dev/null', '-o', `UserKnownHostsFile=${hostsFile}`, '-o', 'BatchMode=yes']
    const target = ['-o', 'IdentitiesOnly=yes', '-i', keyFile, '-p', String(shell.port), `root@${shell.host}`]
    return await new Promise((resolve) => {
      execFile('ssh', [...options, ...target, command], (error, stdout, stderr) => {
        resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : 0 })
      }).stdin?.end()
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
