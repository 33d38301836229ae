/** Answers to commands, as they were recorded at a second of a scenario, and what of them a model must say too. */
import { shapeOf } from './json-shape.ts'
import { recordedText } from './recorded-ceph.ts'

/** Words of the commands by the keys that recorded files have in their names. */
export const recordedCommands: Readonly<Record<string, readonly string[]>> = {
  status: ['status'],
  'health-detail': ['health', 'detail'],
  'osd-tree': ['osd', 'tree'],
  'osd-df': ['osd', 'df'],
  df: ['df'],
  'pg-stat': ['pg', 'stat'],
  'mon-stat': ['mon', 'stat'],
  'quorum-status': ['quorum_status'],
  'mgr-stat': ['mgr', 'stat'],
  'pool-ls-detail': ['osd', 'pool', 'ls', 'detail'],
  versions: ['versions'],
  'time-sync-status': ['time-sync-status'],
}

export interface RecordedAnswer {
  readonly step: string
  readonly key: string
  /** Seconds since the zero of the scenario's course. */
  readonly fromSecond: number
  readonly toSecond: number
  readonly value: unknown
}

/** Where a scenario counts its seconds anew, by the letters that its steps begin with. */
const laterZeros: Readonly<Record<string, readonly (readonly [steps: RegExp, second: number])[]>> = {
  '07-flags': [
    [/^[bcd]/, 6.5],
    [/^[efg]/, 117],
  ],
  '09-clock-skew': [
    [/^a/, 7.6],
    [/^b/, 20.05],
  ],
}

/** Answers in JSON to the commands above, in the order in which they were asked. */
export function recordedAnswers(scenario: string): RecordedAnswer[] {
  const rows = recordedText('', 'index.tsv')
    .split('\n')
    .map((line) => line.split('\t'))
  return rows.flatMap(([folder, step = '', key = '', kind, , second, duration, , bytes]) => {
    if (folder !== scenario || kind !== 'json' || !(key in recordedCommands) || bytes === '0') return []
    const zero = laterZeros[scenario]?.find(([steps]) => steps.test(step))?.[1] ?? 0
    const fromSecond = Number(second) + zero
    const value: unknown = JSON.parse(recordedText(scenario, `${step}-${key}.json`))
    return [{ step, key, fromSecond, toSecond: fromSecond + Number(duration), value }]
  })
}

type Fields = Record<string, unknown>
type Json = { readonly [key: string]: Json & readonly Json[] }

/** A sentence with its numbers, groups and states left out; how long groups are in them is not compared. */
function formOf(sentence: unknown): string {
  return String(sentence)
    .replace(/(, )?\d+ pgs? undersized/, '')
    .replace(/^pg .*/, 'pg')
    .replace(/\[v2:.*?\]/g, 'ADDRESS')
    .replace(/\d+(\.\d+)?/g, '#')
    .replace(/pgs?\b/g, 'pgs')
}

function checksOf(checks: Json, withText: boolean): Fields {
  return Object.fromEntries(
    Object.entries(checks).map(([code, check]) => [
      code,
      withText
        ? [check.severity, formOf(check.summary?.message), [...new Set(details(check))].sort()]
        : check.severity,
    ]),
  )
}

const details = (check: Json) =>
  (check.detail ?? ([] as unknown as Json[])).map((each) => formOf(each.message))

/** What has to be the same in an answer, by command; the rest is drawn, measured or of the recorded machine. */
const factsOf: Readonly<Record<string, (answer: Json) => unknown>> = {
  status: ({ health, quorum_names, monmap, osdmap, pgmap, mgrmap }) => ({
    status: health?.status,
    checks: checksOf(health?.checks as Json, false),
    quorum: quorum_names,
    monitors: monmap?.num_mons,
    osds: [osdmap?.num_osds, osdmap?.num_up_osds, osdmap?.num_in_osds],
    managers: [mgrmap?.available, mgrmap?.num_standbys],
    groups: [pgmap?.num_pgs, pgmap?.num_pools],
  }),
  'health-detail': ({ status, checks }) => ({ status, checks: checksOf(checks as Json, true) }),
  'osd-tree': (answer) => answer,
  'osd-df': ({ nodes, summary }) => [
    (nodes as readonly Json[]).map(({ name, reweight, status, kb }) => [name, reweight, status, kb]),
    summary?.total_kb,
  ],
  df: ({ stats, pools }) => [
    stats?.num_osds,
    stats?.total_bytes,
    (pools as readonly Json[]).map(({ name }) => JSON.stringify(name)).sort(),
  ],
  'pg-stat': ({ pg_ready, pg_summary }) => [pg_ready, pg_summary?.num_pgs, pg_summary?.total_bytes],
  'mon-stat': ({ leader, quorum, num_mons }) => [leader, quorum, num_mons],
  'quorum-status': ({ quorum, quorum_names, quorum_leader_name, monmap }) => [
    quorum,
    quorum_names,
    quorum_leader_name,
    ((monmap?.mons ?? []) as readonly Json[]).map(({ rank, name }) => [rank, name]),
  ],
  'mgr-stat': ({ available, active_name, num_standby }) => [available, active_name, num_standby],
  'pool-ls-detail': (pools) =>
    (pools as unknown as readonly Json[])
      .map((pool) =>
        JSON.stringify([
          pool.pool_name,
          pool.size,
          pool.min_size,
          pool.pg_num,
          pool.application_metadata,
          flagsOf(pool),
        ]),
      )
      .sort(),
  versions: (answer) => answer,
  'time-sync-status': ({ time_skew_status, timechecks }) => [
    Object.entries(time_skew_status as Json).map(([name, { health }]) => [name, health]),
    timechecks?.round_status,
  ],
}

/** Flags of a pool without the one that librbd sets when it first takes a snapshot. */
const flagsOf = ({ flags_names }: Json) => JSON.stringify(flags_names).replace(',selfmanaged_snaps', '')

/** Fields that come and go with rates, or with what is missing at the moment. */
/** `.*`: an event of progress. */
const passing = /_sec$|_recovered$|_ratio$|\.(misplaced|degraded)_|^\.\*/

function fieldsOf(answer: unknown): string[] {
  return [...shapeOf(answer)]
    .filter(([path]) => !passing.test(path))
    .map(([path, types]) => `${path}: ${[...types].sort().join(' or ')}`)
    .sort()
}

/** What of a recorded answer none of those says, in words; nothing where one says it all. */
export function unlike(recorded: RecordedAnswer, answers: readonly unknown[]): string[] {
  const { step, key, value } = recorded
  const facts = (answer: unknown) => JSON.stringify(factsOf[key]?.(answer as Json))
  const wanted = facts(value)
  const found = [...new Set(answers.map(facts))]
  if (!found.includes(wanted)) return [`${step} ${key}: ${wanted}, not ${found.join(' or ') || 'answered'}`]
  const fields = fieldsOf(value)
  const others = answers.map(fieldsOf)
  if (others.some((other) => other.join() === fields.join())) return []
  const [other = []] = others
  const differing = [
    ...fields.filter((field) => !other.includes(field)).map((field) => `lacks ${field}`),
    ...other.filter((field) => !fields.includes(field)).map((field) => `adds ${field}`),
  ]
  return [`${step} ${key}: ${differing.join(', ')}`]
}
