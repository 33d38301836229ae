/** The journal of a node: what the daemons of the model write. */
import { createHash } from 'node:crypto'
import type { JournalLine } from '../../pve-front-end/journal.ts'
import type { Program, ProgramCall } from '../program.ts'

interface Wish {
  readonly units: readonly string[]
  readonly count?: number
  readonly sinceMs?: number
  readonly untilMs?: number
  readonly format: string
  readonly follows: boolean
  readonly isReversed: boolean
  readonly ofThisBoot: boolean
  readonly pattern?: RegExp
}

/** How often a reader that follows looks for more, in the lab's time. */
const followEveryMs = 500
/** Lines shown first by one who follows. */
const followedLines = 10

export const journalctl: Program = async (call) => {
  const wish = wishOf(call)
  if (typeof wish === 'string') {
    call.stderr(`${wish}\n`)
    return 1
  }
  const found = matching(call, wish)
  const count = wish.count ?? (wish.follows ? followedLines : undefined)
  const shown = count === undefined ? found : count === 0 ? [] : found.slice(-count)
  show(call, wish, wish.isReversed ? shown.toReversed() : shown)
  if (shown.length === 0 && !wish.follows) call.stdout('-- No entries --\n')
  let last = call.lab.journal.entries(call.node).at(-1)?.number ?? 0
  while (wish.follows) {
    await call.lab.clock.sleep(followEveryMs, call.signal)
    const news = matching(call, wish).filter(({ number }) => number > last)
    last = news.at(-1)?.number ?? last
    show(call, wish, news)
  }
  return 0
}

const valued = [
  '-u',
  '--unit',
  '-n',
  '--lines',
  '-S',
  '--since',
  '-U',
  '--until',
  '-o',
  '--output',
  '-g',
  '--grep',
  '-p',
  '--priority',
  '-t',
  '--identifier',
]

/** Or what is wrong with the words. */
function wishOf(call: ProgramCall): Wish | string {
  const given = new Map<string, string[]>()
  for (let at = 0; at < call.argv.length; at++) {
    const word = call.argv[at] as string
    const [, long, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? []
    const [, short, attached] = /^(-[unSUogpt])(.+)$/s.exec(word) ?? []
    const name = long ?? short ?? word
    let value = inline ?? attached
    if (value === undefined && valued.includes(name)) {
      at += 1
      value = call.argv[at]
      if (value === undefined)
        return `journalctl: option requires an argument -- '${name.replace(/^-+/, '')}'`
    }
    given.set(name, [...(given.get(name) ?? []), value ?? ''])
  }
  const last = (...names: string[]) => names.flatMap((name) => given.get(name) ?? []).at(-1)
  const has = (...names: string[]) => names.some((name) => given.has(name))
  const [since, until] = [last('-S', '--since'), last('-U', '--until')]
  const moments = [since, until].map((text) => (text === undefined ? undefined : momentMs(call, text)))
  for (const [index, text] of [since, until].entries())
    if (text !== undefined && moments[index] === undefined) return `Failed to parse timestamp: ${text}`
  const count = last('-n', '--lines')
  const pattern = last('-g', '--grep')
  const [sinceMs, untilMs] = moments
  return {
    units: ['-u', '--unit', '-t', '--identifier'].flatMap((name) => given.get(name) ?? []).map(bareUnit),
    format: last('-o', '--output') ?? 'short',
    follows: has('-f', '--follow'),
    isReversed: has('-r', '--reverse'),
    ofThisBoot: has('-b', '--boot'),
    ...(count === undefined || count === 'all' ? {} : { count: Number(count) }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(pattern === undefined ? {} : { pattern: new RegExp(pattern) }),
  }
}

const bareUnit = (unit: string) => unit.replace(/\.service$/, '')

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `@seconds`, `5 min ago`, `-5min`, `today`, `2026-01-01 12:00[:00]`, `12:00`. */
function momentMs({ lab }: ProgramCall, text: string): number | undefined {
  const nowMs = lab.wallTime.date().getTime()
  const today = new Date(nowMs).toISOString().slice(0, 10)
  if (text === 'now') return nowMs
  if (text === 'today') return Date.parse(`${today}T00:00:00Z`)
  if (/^@[\d.]+$/.test(text)) return Number(text.slice(1)) * 1000
  const ago = /^(?:-\s*(\d+)\s*([a-z]+)|(\d+)\s*([a-z]+)\s+ago)$/.exec(text)
  if (ago !== null) {
    const seconds = unitSeconds[(ago[2] ?? ago[4] ?? '')[0] ?? '']
    return seconds === undefined ? undefined : nowMs - Number(ago[1] ?? ago[3]) * seconds * 1000
  }
  const [, day = today, time = '00:00:00'] =
    /^(?:(\d{4}-\d\d-\d\d)(?:[ T]|$))?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/.exec(text) ?? [undefined, '']
  const parsed = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`)
  return Number.isNaN(parsed) ? undefined : parsed
}

function matching({ lab, node }: ProgramCall, wish: Wish): JournalLine[] {
  const { units, sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, pattern } = wish
  const bootMs =
    lab.wallTime.date().getTime() - (lab.world.scheduler.nowMs() - (lab.machine(node).upSinceMs ?? 0))
  return lab.journal.entries(node).filter((line) => {
    const isWanted =
      units.length === 0 ||
      units.some((unit) => unit === line.unit || unit === line.source || isCephUnit(unit, line))
    return (
      isWanted &&
      line.wallMs >= sinceMs &&
      line.wallMs <= untilMs &&
      (!wish.ofThisBoot || line.wallMs >= bootMs) &&
      (pattern === undefined || pattern.test(line.text))
    )
  })
}

/** The model writes one journal for all of Ceph's daemons. */
function isCephUnit(unit: string, { source }: JournalLine): boolean {
  return source === 'ceph' && /^ceph-(mon|mgr|osd)@/.test(unit)
}

function show(call: ProgramCall, wish: Wish, lines: readonly JournalLine[]): void {
  call.stdout(lines.map((line) => `${formatted(call, wish.format, line)}\n`).join(''))
}

/** As journald keeps a line that came in by syslog; ids are made from names, so that the same lab gives the same. */
function fieldsOf({ lab, node }: ProgramCall, { wallMs, source, pid, text, unit, number }: JournalLine) {
  const id = (name: string) => createHash('md5').update(`${lab.world.lab.name} ${node} ${name}`).digest('hex')
  const bootMs = lab.machine(node).upSinceMs ?? 0
  const [machine, boot] = [id('machine'), id(`boot ${bootMs}`)]
  const realtime = String(wallMs * 1000)
  const monotonic = Math.max(0, Math.round((lab.wallTime.atMs(wallMs) - bootMs) * 1000))
  const stamp = `${lab.wallTime.journalStamp(Math.floor(wallMs / 1000))} `
  const program = source === 'pmxcfs' || source === 'corosync' ? `/usr/sbin/${source}` : '/usr/bin/perl'
  return {
    __CURSOR: `s=${id('journal')};i=${number.toString(16)};b=${boot};m=${monotonic.toString(16)};t=${(wallMs * 1000).toString(16)};x=${id(`line ${number}`).slice(0, 16)}`,
    __REALTIME_TIMESTAMP: realtime,
    __MONOTONIC_TIMESTAMP: String(monotonic),
    _BOOT_ID: boot,
    _MACHINE_ID: machine,
    _HOSTNAME: node,
    _RUNTIME_SCOPE: 'system',
    _TRANSPORT: 'syslog',
    _UID: '0',
    _GID: '0',
    _CAP_EFFECTIVE: '1fffeffffff',
    _SOURCE_REALTIME_TIMESTAMP: realtime,
    _SYSTEMD_CGROUP: `/system.slice/${unit}.service`,
    _SYSTEMD_INVOCATION_ID: id(`start of ${unit} ${bootMs}`),
    _SYSTEMD_SLICE: 'system.slice',
    _SYSTEMD_UNIT: `${unit}.service`,
    _COMM: source,
    _EXE: program,
    _CMDLINE: source,
    _PID: String(pid),
    SYSLOG_FACILITY: '3',
    SYSLOG_IDENTIFIER: source,
    SYSLOG_PID: String(pid),
    SYSLOG_RAW: [...Buffer.from(`<30>${stamp}${source}[${pid}]: ${text}\n\0`)],
    SYSLOG_TIMESTAMP: stamp,
    PRIORITY: '6',
    MESSAGE: text,
  }
}

function formatted(call: ProgramCall, format: string, line: JournalLine): string {
  const { lab, node } = call
  const { wallMs, source, pid, text } = line
  if (format === 'cat') return text
  const micros = String(wallMs % 1000)
    .padStart(3, '0')
    .padEnd(6, '0')
  const iso = new Date(wallMs).toISOString().slice(0, 19)
  const short = lab.wallTime.journalStamp(Math.floor(wallMs / 1000))
  if (format === 'json') return JSON.stringify(fieldsOf(call, line))
  const stamps: Readonly<Record<string, string>> = {
    'short-iso': `${iso}+0000`,
    'short-iso-precise': `${iso}.${micros}+0000`,
    'short-precise': `${short}.${micros}`,
    'short-unix': `${Math.floor(wallMs / 1000)}.${micros}`,
  }
  return `${stamps[format] ?? short} ${node} ${source}[${pid}]: ${text}`
}
