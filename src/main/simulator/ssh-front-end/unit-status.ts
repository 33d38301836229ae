/** What `systemctl status` tells of a unit beside its name: since when it runs, and its processes. */
import type { ProgramCall } from './program.ts'

interface Process {
  /** As systemd starts it; one that goes into the background has left a parent behind. */
  readonly start: string
  readonly isForking?: true
  /** As it then calls itself. */
  readonly name: string
  readonly workers?: string
  readonly manuals?: readonly string[]
  readonly isStatic?: true
  /** Processor time it uses, in milliseconds per second (recorded of HA, corosync and the cluster file system). */
  readonly busyMsPerSecond: number
}

const daemon = (name: string, busyMsPerSecond: number, workers?: string): Process => ({
  start: `${name === 'pvedaemon' || name === 'pveproxy' ? '/usr/bin' : '/usr/sbin'}/${name} start`,
  isForking: true,
  name,
  busyMsPerSecond,
  ...(workers === undefined ? {} : { workers }),
})

const processes: Readonly<Record<string, Process>> = {
  'pve-ha-crm': daemon('pve-ha-crm', 0.53),
  'pve-ha-lrm': daemon('pve-ha-lrm', 1.4),
  pvedaemon: daemon('pvedaemon', 1, 'pvedaemon worker'),
  pveproxy: daemon('pveproxy', 1, 'pveproxy worker'),
  'pve-cluster': { start: '/usr/bin/pmxcfs', isForking: true, name: '/usr/bin/pmxcfs', busyMsPerSecond: 2.4 },
  corosync: {
    start: '/usr/sbin/corosync -f',
    name: '/usr/sbin/corosync -f',
    manuals: ['corosync', 'corosync.conf', 'corosync_overview'],
    busyMsPerSecond: 15,
  },
  'watchdog-mux': {
    start: '/usr/sbin/watchdog-mux',
    name: '/usr/sbin/watchdog-mux',
    isStatic: true,
    busyMsPerSecond: 0.15,
  },
}

const workerCount = 3

export function loadedText(name: string): string {
  const file = `/lib/systemd/system/${name.replace(/@.*/, '@')}.service`
  const process = processOf(name)
  return process?.isStatic === true ? `${file}; static` : `${file}; enabled; preset: enabled`
}

/** The lines below `Loaded:` of a unit that runs. */
export function runningText(call: ProgramCall, name: string): string {
  const process = processOf(name)
  const { wallTime } = call.lab
  const startedMs = startOf(call, name)
  const seconds = wallTime.seconds() - wallTime.secondsAt(startedMs)
  const since = wallTime.unitStamp(wallTime.secondsAt(startedMs))
  const lines: (readonly [string, string])[] = [
    ['Active', `active (running) since ${since}; ${agoText(seconds)} ago`],
  ]
  if (process === undefined) return textOf(lines)
  const { manuals = [], start, isForking, workers, busyMsPerSecond } = process
  const pid = call.lab.journal.pidOf(name === 'pve-cluster' ? 'pmxcfs' : name)
  const command = start.split(' ')[0]?.split('/').at(-1) ?? ''
  lines.push(...manuals.map((manual, at) => [at === 0 ? 'Docs' : '', `man:${manual}`] as const))
  if (isForking === true)
    lines.push(['Process', `${pid - 1} ExecStart=${start} (code=exited, status=0/SUCCESS)`])
  const tree = [
    process.name,
    ...Array.from({ length: workers === undefined ? 0 : workerCount }, () => workers ?? ''),
  ]
  lines.push(
    ['Main PID', `${pid} (${command})`],
    ['CPU', timeText(busyMsPerSecond * seconds)],
    ['CGroup', `/system.slice/${name}.service`],
    ...tree.map((each, at) => ['', `${at === tree.length - 1 ? '`-' : '|-'}${pid + at} ${each}`] as const),
  )
  return textOf(lines)
}

function processOf(name: string): Process | undefined {
  return Object.hasOwn(processes, name) ? processes[name] : undefined
}

const textOf = (lines: readonly (readonly [string, string])[]) =>
  lines.map(([name, value]) => `${(name === '' ? '' : `${name}:`).padStart(12)} ${value}\n`).join('')

/** The HA daemons say that they start; of others it is known that they have begun with their node. */
function startOf({ lab, node }: ProgramCall, name: string): number {
  const bootMs = lab.machine(node).upSinceMs ?? 0
  const line = lab.journal
    .entries(node)
    .findLast(({ unit, text }) => unit === name && text.startsWith('status change startup'))
  return line === undefined ? bootMs : Math.max(bootMs, lab.wallTime.atMs(line.wallMs))
}

/** `20min`, `1h 5min`, as systemd rounds them. */
function agoText(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'}`
  if (hours > 0) return `${hours}h ${minutes}min`
  return minutes > 0 ? `${minutes}min${minutes < 10 ? ` ${seconds % 60}s` : ''}` : `${seconds}s`
}

function timeText(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)}ms` : `${(milliseconds / 1000).toFixed(3)}s`
}
