import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TimelineRow } from './ceph-bench.ts'

/** Recordings of genuine Ceph clusters, one folder per scenario; absent on most machines. */
export const recordedCephFolder = resolve(
  process.env.KUORUM_CEPH_FIXTURES ?? join(import.meta.dirname, '../../../../shared/fixtures/ceph'),
)
export const hasRecordedCeph = existsSync(recordedCephFolder)

export interface TimelineEvent {
  /** `up 2`, `in 2`, `quorum node1,node2`, `mgr false`, `+OSD_DOWN`, `-OSD_DOWN`; `+undersized`: groups have long been so. */
  readonly what: string
  /** Seconds since the fault. */
  readonly t: number
}

/** A check that comes and goes within this time may be missed by one of two polls of a second-hand view. */
const fleetingSeconds = 7

export function recordedRows(scenario: string): TimelineRow[] {
  const rows = recordedText(scenario, 'timeline.jsonl')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TimelineRow & { readonly err?: unknown })
  return rows.filter((row) => row.err === undefined)
}

/** Seconds of the longest write that a recorded client waited for, of those that began in this stretch. */
export function longestRecordedStall(scenario: string, fromSecond: number, toSecond: number): number {
  const rows = recordedText(scenario, 'client-io.jsonl')
    .split('\n')
    .filter((line) => line.includes('"stall"'))
    .map((line) => JSON.parse(line) as { readonly t: number; readonly stall: number })
  return Math.max(0, ...rows.filter(({ t }) => t >= fromSecond && t < toSecond).map(({ stall }) => stall))
}

export function recordedText(scenario: string, file: string): string {
  return readFileSync(join(recordedCephFolder, scenario, file), 'utf8')
}

/** Scenario folders. */
export function recordedScenarios(): string[] {
  return readdirSync(recordedCephFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

/** Files of all scenarios that end so, as scenario and file name. */
export function recordedFiles(ending: string): [scenario: string, file: string][] {
  return recordedScenarios().flatMap((scenario) =>
    readdirSync(join(recordedCephFolder, scenario))
      .filter((file) => file.endsWith(ending))
      .map((file): [string, string] => [scenario, file]),
  )
}

/** What changed from row to row, within a stretch of time; rows without a quorum tell nothing. */
export function eventsOf(
  rows: readonly TimelineRow[],
  fromSecond: number,
  toSecond: number,
): TimelineEvent[] {
  const events: TimelineEvent[] = []
  let before: TimelineRow | undefined
  for (const row of rows) {
    if (row.quorum.length === 0) continue
    const facts = factsOf(row)
    const known = before === undefined ? atRest(row) : factsOf(before)
    for (const what of facts) if (!known.includes(what)) events.push({ what, t: row.t })
    for (const what of known)
      if (what.startsWith('+') && !facts.includes(what)) events.push({ what: `-${what.slice(1)}`, t: row.t })
    before = row
  }
  return withoutFleeting(events).filter(({ t }) => t > fromSecond && t < toSecond)
}

/** A recording may begin after the first change. */
function atRest(row: TimelineRow & { readonly n?: number }): string[] {
  const osds = row.n ?? row.up
  return [`up ${osds}`, `in ${osds}`, 'quorum node1,node2,node3', 'mgr true']
}

function factsOf(row: TimelineRow): string[] {
  return [
    `up ${row.up}`,
    `in ${row.in}`,
    `quorum ${row.quorum.join(',')}`,
    `mgr ${row.mgr}`,
    ...Object.keys(row.checks).map((code) => `+${code}`),
    ...(row.checks.PG_DEGRADED?.includes('undersized') ? ['+undersized'] : []),
  ]
}

/** A state that most groups were in for a while. */
export interface PrevailingState {
  readonly name: string
  readonly fromSecond: number
  /** Degraded copies at the most. */
  readonly degraded: number
}

/**
 * States that most groups were in, one after the other. What groups only pass through, or a manager says for want of
 * news, counts where it stayed.
 */
export function prevailingStates(rows: readonly TimelineRow[], toSecond: number): PrevailingState[] {
  const seen: (PrevailingState & { readonly toSecond: number })[] = []
  const heard = rows.filter(({ t, quorum }) => t < toSecond && quorum.length > 0)
  for (const [index, row] of heard.entries()) {
    const [name = 'none'] = Object.entries(row.pgs).sort(([, a], [, b]) => b - a)[0] ?? []
    const end = heard[index + 1]?.t ?? toSecond
    const last = seen.at(-1)
    if (last?.name !== name) seen.push({ name, fromSecond: row.t, toSecond: end, degraded: row.deg })
    else seen[seen.length - 1] = { ...last, toSecond: end, degraded: Math.max(last.degraded, row.deg) }
  }
  const isPassed = ({ name, fromSecond, toSecond: end }: (typeof seen)[number]) =>
    end - fromSecond < fleetingSeconds && /peering|stale|unknown/.test(name)
  return seen
    .filter((state, index) => index === 0 || !isPassed(state))
    .map(({ name, fromSecond, degraded }) => ({ name, fromSecond, degraded }))
    .filter(({ name }, index, states) => name !== states[index - 1]?.name)
}

function withoutFleeting(events: readonly TimelineEvent[]): TimelineEvent[] {
  const dropped = new Set<TimelineEvent>()
  for (const event of events) {
    if (event.what !== '+PG_AVAILABILITY') continue
    const end = events.find(({ what, t }) => what === '-PG_AVAILABILITY' && t >= event.t)
    if (end === undefined || end.t - event.t > fleetingSeconds) continue
    dropped.add(event)
    dropped.add(end)
  }
  // Two OSDs that die together may be published one after the other.
  const ups = events.filter(({ what }) => what.startsWith('up '))
  ups.forEach((event, index) => {
    const next = ups[index + 1]
    if (next !== undefined && next.t - event.t <= 1.1) dropped.add(event)
  })
  return events.filter((event) => !dropped.has(event))
}

/** What one course has and the other has not, or not within so many seconds; empty when they agree. */
export function disagreements(
  recorded: readonly TimelineEvent[],
  modelled: readonly TimelineEvent[],
  toleranceSeconds: number,
): string[] {
  const complaints: string[] = []
  const names = new Set([...recorded, ...modelled].map(({ what }) => what))
  for (const what of names) {
    const times = (events: readonly TimelineEvent[]) =>
      events.filter((event) => event.what === what).map(({ t }) => t)
    const [wanted, had] = [times(recorded), times(modelled)]
    if (wanted.length !== had.length) complaints.push(`${what}: recorded at ${wanted}, modelled at ${had}`)
    else
      wanted.forEach((t, index) => {
        const other = had[index] as number
        if (Math.abs(t - other) > toleranceSeconds)
          complaints.push(`${what}: recorded at ${t}, modelled at ${other}`)
      })
  }
  return complaints
}
