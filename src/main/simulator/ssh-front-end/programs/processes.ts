/** Processes of a node: daemons by their names, and virtual machines. They can be looked for and killed. */
import { pidOfGuest } from '../../pve-front-end/handlers/guests.ts'
import { cephDaemonsOn } from '../../world/ceph-daemons.ts'
import type { Program, ProgramCall } from '../program.ts'
import { type Signal, signalNamed, unitNamed, unitNames } from '../units.ts'

interface Process {
  readonly pid: number
  /** As `killall` and `pgrep` know it. */
  readonly name: string
  readonly commandLine: string
  kill(signal: Signal): void
}

const executables: Readonly<Record<string, readonly [name: string, commandLine: string]>> = {
  corosync: ['corosync', '/usr/sbin/corosync -f'],
  'pve-cluster': ['pmxcfs', '/usr/bin/pmxcfs'],
  'watchdog-mux': ['watchdog-mux', '/usr/sbin/watchdog-mux'],
}

const cephPidBase = 20_000

function processesOf(call: ProgramCall): readonly Process[] {
  const { lab, node } = call
  const units = unitNames
    .filter((name) => unitNamed(name, call)?.isActive(call) === true)
    .map((unit): Process => {
      const [name, commandLine] = executables[unit] ?? [unit, unit]
      return {
        pid: lab.journal.pidOf(name),
        name,
        commandLine,
        kill: (signal) => unitNamed(unit, call)?.kill?.(call, signal),
      }
    })
  const ceph = cephDaemonsOn(lab.world, node)
    .filter(({ isActive }) => isActive)
    .map(({ kind, id }, at): Process => {
      const unit = unitNamed(`ceph-${kind}@${id}`, call)
      const commandLine = `/usr/bin/ceph-${kind} -f --cluster ceph --id ${id} --setuser ceph --setgroup ceph`
      return {
        pid: cephPidBase + at,
        name: `ceph-${kind}`,
        commandLine,
        kill: (signal) => unit?.kill?.(call, signal),
      }
    })
  const machines = lab.world.guests
    .filter((guest) => guest.kind === 'vm' && lab.runsOn(guest, node))
    .map((guest): Process => {
      const vmid = guest.id.slice(3)
      return {
        pid: pidOfGuest(guest),
        name: 'kvm',
        commandLine: `/usr/bin/kvm -id ${vmid} -name ${guest.spec.name},debug-threads=on -m ${guest.spec.ramMiB}`,
        kill: (signal) => {
          if (signal === 'KILL' || signal === 'TERM') guest.kill()
        },
      }
    })
  return [...units, ...ceph, ...machines].toSorted((one, other) => one.pid - other.pid)
}

/** `-9`, `-KILL`, `-s KILL`, `--signal=KILL`; the words that are left. */
function signalAnd(argv: readonly string[]): {
  signal: Signal
  words: readonly string[]
  flags: readonly string[]
} {
  let signal: Signal = 'TERM'
  const words: string[] = []
  const flags: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const given = /^(?:-|--signal=)([A-Z]{3,}|\d+)$/.exec(word)?.[1]
    if (word === '-s' || word === '--signal') {
      at += 1
      signal = signalNamed(argv[at] ?? '')
    } else if (given !== undefined) signal = signalNamed(given)
    else if (word.startsWith('-')) flags.push(word)
    else words.push(word)
  }
  return { signal, words, flags }
}

/** With `-f` the whole command line is looked at. */
function matching(
  call: ProgramCall,
  pattern: string,
  isWhole: boolean,
  isExact: boolean,
): readonly Process[] {
  const expression = new RegExp(isExact ? `^(?:${pattern})$` : pattern)
  return processesOf(call).filter(({ name, commandLine }) => expression.test(isWhole ? commandLine : name))
}

export const kill: Program = (call) => {
  const { signal, words } = signalAnd(call.argv)
  let code = 0
  for (const word of words) {
    const found = processesOf(call).find(({ pid }) => String(pid) === word)
    if (found === undefined) {
      call.stderr(`bash: line 1: kill: (${word}) - No such process\n`)
      code = 1
    } else found.kill(signal)
  }
  return code
}

export const killall: Program = (call) => {
  const { signal, words } = signalAnd(call.argv)
  let code = 0
  for (const word of words) {
    const found = processesOf(call).filter(({ name }) => name === word)
    if (found.length === 0) {
      call.stderr(`${word}: no process found\n`)
      code = 1
    }
    for (const process of found) process.kill(signal)
  }
  return code
}

export const pkill: Program = (call) => {
  const { signal, words, flags } = signalAnd(call.argv)
  const found = matching(call, words[0] ?? '', flags.includes('-f'), flags.includes('-x'))
  for (const process of found) process.kill(signal)
  return found.length === 0 ? 1 : 0
}

export const pgrep: Program = (call) => {
  const { words, flags } = signalAnd(call.argv)
  const found = matching(call, words[0] ?? '', flags.includes('-f'), flags.includes('-x'))
  const isLong = flags.some((flag) => /^-[la]+$/.test(flag))
  for (const { pid, name, commandLine } of found)
    call.stdout(
      `${pid}${isLong ? ` ${flags.some((flag) => flag.includes('a')) ? commandLine : name}` : ''}\n`,
    )
  return found.length === 0 ? 1 : 0
}

export const pidof: Program = (call) => {
  const { words } = signalAnd(call.argv)
  const found = processesOf(call).filter(({ name }) => words.includes(name))
  if (found.length > 0) call.stdout(`${found.map(({ pid }) => pid).join(' ')}\n`)
  return found.length === 0 ? 1 : 0
}

/** `ps aux`, `ps -ef`: no times and no load, which the model does not have for each. */
export const ps: Program = (call) => {
  const row = (pid: string, command: string) => `root     ${pid.padStart(7)} ${command}\n`
  call.stdout(`USER         PID COMMAND\n${row('1', '/sbin/init')}`)
  for (const { pid, commandLine } of processesOf(call)) call.stdout(row(String(pid), commandLine))
  return 0
}
