/** Recorded timelines of a genuine HA cluster: what was done to it, and what its nodes said when. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/** A service as it stood before anything was done. */
export interface RecordedService {
  readonly sid: string
  readonly node: string
  readonly state: string
  readonly maxRestart: number
  readonly maxRelocate: number
}

/** What the recorder did. Times are seconds after the fault. */
export interface RecordedAct {
  readonly seconds: number
  /** In the recorder's words. */
  readonly text: string
  /** The node it was done to, or on. */
  readonly node: string
  /** The kind of fault the recorder gives; null where it takes one back, undefined where it made none. */
  readonly fault: string | null | undefined
  /** Output of a command. */
  readonly stdout: string
}

/** A line that marks a phase, or an event that the recorder saw. */
export interface PhaseMark {
  readonly seconds: number
  readonly node: string
  readonly text: string
}

export interface HaTimeline {
  readonly name: string
  readonly title: string
  readonly nodes: readonly string[]
  readonly master: string
  /** Nodes whose LRM holds its lock though no service stands there. */
  readonly activeWithoutServices: readonly string[]
  readonly services: readonly RecordedService[]
  readonly acts: readonly RecordedAct[]
  readonly marks: readonly PhaseMark[]
  readonly endSeconds: number
  /** From the end of a node to its next boot, where nobody switched it on again. */
  readonly resetPauseSeconds: number | undefined
}

/** Undefined where there are no recordings. */
export function readHaTimelines(): readonly HaTimeline[] | undefined {
  const recordings = resolve(process.env.KUORUM_PVE_FIXTURES ?? '../shared/fixtures/pve')
  const folder = resolve(process.env.KUORUM_HA_TIMELINES ?? join(recordings, 'ha-timelines'))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined
  // Polls of clusters in the making, which have no HA yet, are numbered 00.
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl') && !name.startsWith('00-'))
  if (names.length === 0) return undefined
  return names
    .sort()
    .map((name) => parseHaTimeline(basename(name, '.jsonl'), readFileSync(join(folder, name), 'utf8')))
}

interface Entry {
  readonly dt?: number
  readonly src: string
  readonly scenario?: string
  readonly t0?: number
  readonly node?: string
  readonly text?: string
  readonly fault?: string | null
  readonly stdout?: string
  readonly vmid?: number
  readonly event?: string
  readonly id?: string
  readonly msg?: string
  readonly what?: string
  readonly data?: unknown
}

export function parseHaTimeline(name: string, content: string): HaTimeline {
  const entries = content
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Entry)
  const meta = entries.find(({ src }) => src === 'meta')
  const acts = entries.filter(({ src }) => src === 'action').map((entry) => actOf(entry, meta?.t0 ?? 0))
  const doing = acts.filter(isDone)
  const beginning = Math.min(0, ...doing.map(({ seconds }) => seconds))
  const before = stateBefore(entries, beginning)
  const marks = entries
    .flatMap(markOf)
    .filter((mark) => mark.seconds >= beginning && !isOfOthers(mark, before, doing))
  return {
    name,
    title: meta?.scenario ?? name,
    ...before,
    acts: doing,
    marks: withoutShortLives(withoutTwins(marks)),
    endSeconds: Math.max(0, ...entries.map(({ dt = 0 }) => dt)),
    resetPauseSeconds: resetPauseIn(entries, doing),
  }
}

function resetPauseIn(entries: readonly Entry[], acts: readonly RecordedAct[]): number | undefined {
  const events = entries
    .filter(({ src }) => src === 'lab')
    .map(({ dt = 0, text = '' }) => ({ dt, words: text.split(' ') }))
  for (const { dt, words } of events) {
    const [verb, node] = words
    if (verb !== 'boot') continue
    const end = events.findLast((event) => event.dt < dt && event.words.join(' ') === `node-ended ${node}`)
    const wasSwitchedOn = acts.some(
      ({ text, seconds }) =>
        text.startsWith(`power on ${node}`) && seconds > (end?.dt ?? dt) && seconds <= dt,
    )
    if (end !== undefined && !wasSwitchedOn) return dt - end.dt
  }
  return undefined
}

function actOf({ dt = 0, text = '', node = '', fault, stdout = '' }: Entry, t0: number): RecordedAct {
  const [, on] = /^on (?:the survivor )?(\w+): /.exec(text) ?? []
  const [, via] = /^API on (\w+): /.exec(text) ?? []
  // An action is noted when it is over; commands that begin with `date` tell when they began.
  const [, began] = /^(\d{10}\.\d+)\n/.exec(stdout) ?? []
  const seconds = began === undefined ? dt : Math.min(dt, Number(began) - t0)
  return { seconds, text, node: on ?? via ?? node, fault, stdout }
}

/** Not a remark of the recorder. */
function isDone({ text, fault }: RecordedAct): boolean {
  return fault !== undefined || /^(API on|on|power on) /.test(text)
}

interface StatusEntry {
  readonly type: string
  readonly node?: string
  readonly sid?: string
  readonly status?: string
  readonly request_state?: string
  readonly max_restart?: number
  readonly max_relocate?: number
}

type StateBefore = Pick<HaTimeline, 'nodes' | 'master' | 'services' | 'activeWithoutServices'>

/** As the last answers before the first act tell it. */
function stateBefore(entries: readonly Entry[], beginning: number): StateBefore {
  const answers = (what: string) =>
    entries.filter(
      ({ src, what: about, dt = 0, data }) =>
        src.startsWith('poll') &&
        about === what &&
        Array.isArray(data) &&
        (dt <= beginning || src === 'poll-initial'),
    )
  const latest = (what: string) =>
    answers(what).reduce<Entry | undefined>(
      (last, entry) => (last === undefined || (entry.dt ?? 0) >= (last.dt ?? 0) ? entry : last),
      undefined,
    )?.data ?? []
  const cluster = latest('cluster/status') as readonly { type: string; name: string }[]
  const status = latest('ha/status/current') as readonly StatusEntry[]
  const services = status
    .filter(({ type }) => type === 'service')
    .map((entry) => ({
      sid: entry.sid ?? '',
      node: entry.node ?? '',
      state: entry.request_state ?? 'started',
      maxRestart: entry.max_restart ?? 1,
      maxRelocate: entry.max_relocate ?? 1,
    }))
  const activeLrms = status.filter((entry) => entry.type === 'lrm' && / \(active,/.test(entry.status ?? ''))
  return {
    nodes: cluster
      .filter(({ type }) => type === 'node')
      .map(({ name }) => name)
      .sort(),
    master: status.find(({ type }) => type === 'master')?.node ?? '',
    activeWithoutServices: activeLrms
      .map(({ node = '' }) => node)
      .filter((node) => !services.some((service) => service.node === node)),
    services,
  }
}

/** Lines of daemons that tell of a step of HA; of all others some are circumstances of the machine they ran on. */
const marking: Readonly<Record<string, RegExp>> = {
  corosync: /^\[QUORUM\] Members\[/,
  pmxcfs: /^\[status\] notice: node (has|lost) quorum$/,
  'watchdog-mux': /^client watchdog expired/,
  'pve-ha-crm':
    /^(status change|service '|fencing: |recover service|successfully acquired|lost lock|got crm command|crm command|ignor|adding new|removing stale|server (stopped|received)|watchdog (active|closed)|voluntary|starting service|Start Error|recover|migrate service|relocate service|relocation policy|request |moving service|dropping|fixup|clearing|node ')/,
  'pve-ha-lrm':
    /^(status change|(starting|stopping) service|service |successfully acquired|lost lock|got shutdown|(shutdown|reboot|restart) LRM|server (stopped|received)|watchdog (active|closed)|restart policy|unable to (start|stop|live) |node needs|lost agent|start failed)/,
}

export function marksPhase(daemon: string, message: string): boolean {
  const text = message.trim()
  // The recorded release does not tell when a guest moves; its task does.
  if (/ - (start|end) (migrate|relocate) |\(relocate\)$/.test(text)) return false
  return marking[daemon]?.test(text) ?? false
}

function markOf({ dt = 0, src, node = '', id = '', msg = '', text = '', vmid, event }: Entry): PhaseMark[] {
  if (src === 'journal') return marksPhase(id, msg) ? [{ seconds: dt, node, text: msg.trim() }] : []
  if (src === 'guest') return [{ seconds: dt, node, text: `${event} of ${vmid}` }]
  const [, name] = /^softdog-reset (\w+)/.exec(text) ?? []
  return src === 'lab' && name !== undefined ? [{ seconds: dt, node: name, text: 'reset by watchdog' }] : []
}

/** Somebody else used the cluster at the same time: with other guests, unknown nodes, and commands not noted here. */
function isOfOthers({ text }: PhaseMark, before: StateBefore, acts: readonly RecordedAct[]): boolean {
  const [, guest] = /^process \w+ of (\d+)$/.exec(text) ?? []
  if (guest !== undefined) return !before.services.some(({ sid }) => sid.endsWith(`:${guest}`))
  const [, node] = /^node '(\w+)'/.exec(text) ?? []
  if (node !== undefined) return !before.nodes.includes(node)
  const [, task, sid, target] = /^crm command error .*: (\w+) (\S+) (\S+)$/.exec(text) ?? []
  if (task === undefined) return false
  return !acts.some((act) => [task, sid ?? '', target ?? ''].every((word) => act.text.includes(word)))
}

/** The same line of a node at the same moment is one: two instances of it were running, or two guests ended. */
function withoutTwins(marks: readonly PhaseMark[]): readonly PhaseMark[] {
  return marks.filter(
    (mark, index) =>
      !marks
        .slice(0, index)
        .some(
          (other) =>
            other.node === mark.node &&
            other.text === mark.text &&
            Math.abs(other.seconds - mark.seconds) < 1,
        ),
  )
}

/** A process that ends as soon as it has begun is a failed start, of which the LRM tells. */
function withoutShortLives(marks: readonly PhaseMark[]): readonly PhaseMark[] {
  const isShort = (mark: PhaseMark, other: PhaseMark) =>
    /^process /.test(mark.text) &&
    /^process /.test(other.text) &&
    mark !== other &&
    mark.node === other.node &&
    mark.text.split(' ').at(-1) === other.text.split(' ').at(-1) &&
    Math.abs(mark.seconds - other.seconds) < 2
  return marks.filter((mark) => !marks.some((other) => isShort(mark, other)))
}
