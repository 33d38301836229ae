/** Small programs that tell of the node, or of the shell itself. */

import { domain } from '../files.ts'
import type { Program, ProgramCall } from '../program.ts'
import { callLocally } from '../pve-command/local-call.ts'

export const hostname: Program = ({ argv, lab, node, stdout }) => {
  const [option] = argv
  if (option === '-f' || option === '--fqdn') stdout(`${node}.${domain}\n`)
  else if (option === '-I' || option === '-i') stdout(`${lab.addressOf(node)} \n`)
  else stdout(`${node}\n`)
  return 0
}

interface NodeStatus {
  readonly 'current-kernel': {
    readonly sysname: string
    readonly release: string
    readonly version: string
    readonly machine: string
  }
  readonly loadavg: readonly string[]
}

const statusOf = (call: ProgramCall) =>
  callLocally(call, 'GET', `/nodes/${call.node}/status`, {}) as Promise<NodeStatus>

export const uname: Program = async (call) => {
  const { argv, node, stdout } = call
  const flags = argv.join('')
  const kernel = (await statusOf(call))['current-kernel']
  const parts = [
    ['s', kernel.sysname],
    ['n', node],
    ['r', kernel.release],
    ['v', kernel.version],
    ['m', kernel.machine],
    ['o', 'GNU/Linux'],
  ] as const
  const shown = parts.filter(
    ([letter]) => flags.includes('a') || (flags === '' ? letter === 's' : flags.includes(letter)),
  )
  stdout(`${shown.map(([, text]) => text).join(' ')}\n`)
  return 0
}

export const uptime: Program = async (call) => {
  const { lab, node, stdout } = call
  const { upSinceMs } = lab.machine(node)
  const upMinutes = Math.floor((lab.world.scheduler.nowMs() - (upSinceMs ?? 0)) / 60_000)
  const hours = Math.floor(upMinutes / 60)
  const up = hours === 0 ? `${upMinutes} min` : `${hours}:${String(upMinutes % 60).padStart(2, '0')}`
  const clock = lab.wallTime.date().toISOString().slice(11, 19)
  stdout(` ${clock} up ${up},  1 user,  load average: ${(await statusOf(call)).loadavg.join(', ')}\n`)
  return 0
}

export const id: Program = ({ stdout }) => {
  stdout('uid=0(root) gid=0(root) groups=0(root)\n')
  return 0
}

export const hostnamectl: Program = async (call) => {
  const { sysname, release } = (await statusOf(call))['current-kernel']
  const rows = [
    ['Static hostname', call.node],
    ['Operating System', 'Debian GNU/Linux'],
    ['Kernel', `${sysname} ${release}`],
  ] as const
  call.stdout(rows.map(([name, value]) => `${name.padStart(16)}: ${value}\n`).join(''))
  return 0
}

export const whoami: Program = ({ stdout }) => {
  stdout('root\n')
  return 0
}

export const pwd: Program = ({ stdout }) => {
  stdout('/root\n')
  return 0
}

/** There is one place to be: commands take whole paths. */
export const cd: Program = () => 0

export const succeed: Program = () => 0
export const fail: Program = () => 1

export const env: Program = ({ environment, stdout }) => {
  stdout([...environment].map(([name, value]) => `${name}=${value}\n`).join(''))
  return 0
}

export const sleep: Program = async ({ argv, lab, signal }) => {
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
  const seconds = argv.reduce(
    (sum, text) => sum + Number.parseFloat(text) * (units[text.at(-1) ?? ''] ?? 1),
    0,
  )
  await lab.clock.sleep(seconds * 1000, signal)
  return 0
}

export const clear: Program = ({ stdout }) => {
  stdout('\u001b[H\u001b[2J')
  return 0
}

/** `bash -c 'line'`, or lines that come in. */
export const bash: Program = async (call) => {
  const at = call.argv.findIndex((word) => /^-[a-z]*c$/.test(word))
  return call.shell(at < 0 ? await call.stdin() : (call.argv[at + 1] ?? ''))
}

const timedOutCode = 124
const quoted = (words: readonly string[]) =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')

/** Ends what takes longer, by the clock of the lab, with the exit code of GNU's program. */
export const timeout: Program = async (call) => {
  const [limit = '0', ...command] = call.argv.filter((word, at) => at > 0 || !word.startsWith('-'))
  const ending = new AbortController()
  const signal = AbortSignal.any([call.signal, ending.signal])
  const late = call.lab.clock.sleep(Number.parseFloat(limit) * 1000, signal).then(
    () => timedOutCode,
    () => timedOutCode,
  )
  const code = await Promise.race([call.shell(quoted(command), { signal }).catch(() => timedOutCode), late])
  ending.abort()
  return code
}

export const which: Program = (call) => {
  let code = 0
  for (const name of call.argv)
    if (call.knows(name)) call.stdout(`/usr/bin/${name}\n`)
    else code = 1
  return code
}
