import type { CephReport } from '../ceph-report.ts'
import { crushRuleDumpJson, crushRuleLsJson, crushTreeText, nodeLsJson } from './crush-rules.ts'
import { dfJson, dfText } from './df.ts'
import { healthJson, healthText } from './health.ts'
import { balancerStatusJson, mgrModuleLsJson } from './manager-modules.ts'
import {
  mgrStatJson,
  monDumpJson,
  monDumpText,
  monStatJson,
  monStatText,
  quorumStatusJson,
  timeSyncJson,
  versionsJson,
} from './monitor-commands.ts'
import { osdDfJson, osdDfText, osdDfTreeJson, osdDfTreeText } from './osd-df.ts'
import {
  autoscaleStatusJson,
  autoscaleStatusText,
  osdPoolStatsJson,
  osdPoolStatsText,
} from './osd-pool-figures.ts'
import { osdPoolLsDetailJson, osdPoolLsDetailText } from './osd-pool-ls-detail.ts'
import { osdStatJson, osdStatText } from './osd-stat.ts'
import { osdTreeJson, osdTreeText } from './osd-tree.ts'
import { pgsBriefJson, pgsBriefText } from './pg-dump.ts'
import { pgStatJson, pgStatText } from './pg-stat.ts'
import { statusJson } from './status.ts'
import { statusText } from './status-text.ts'

/** What a Ceph client shows. `silent`: nobody answers, and the client goes on asking until its own limit. */
export type CephAnswer =
  | { readonly kind: 'answered'; readonly stdout: string; readonly stderr: string; readonly exitCode: number }
  | { readonly kind: 'silent' }

/** The cluster as a client on one node meets it. */
export interface AskedCluster {
  /** What the monitors would tell that client, or nothing while none of them that is in a quorum hears it. */
  report(node: string): CephReport | undefined
  /** Carries out a change, such as `osd set noout`; nothing if it is not one. */
  change(argv: readonly string[]): Omit<Extract<CephAnswer, { kind: 'answered' }>, 'kind'> | undefined
}

interface Command {
  json(report: CephReport): unknown
  text(report: CephReport): string
  /** The active manager answers, not a monitor. */
  readonly byManager?: true
  /** Said beside the answer. */
  stderr?(report: CephReport): string
  /** How the JSON text ends: a line break, none, or Ceph's odd one inside. */
  readonly ending?: 'none' | 'inside'
  /** Lines of their own, as Python prints JSON, with an empty one before or not. */
  readonly pretty?: 'bare' | 'after blank'
}

/** mon_clock_drift_allowed, a default of Ceph. */
const allowedSkewSeconds = 0.05

const pretty = (value: unknown) => `${JSON.stringify(value, undefined, 4)}\n`
const compact = (value: unknown) => `${JSON.stringify(value)}\n`

const commands: Readonly<Record<string, Command>> = {
  status: { json: statusJson, text: statusText },
  health: {
    json: ({ health }) => healthJson(health, false),
    text: ({ health, nowMs }) => healthText(health, nowMs, false),
    ending: 'none',
  },
  'health detail': {
    json: ({ health }) => healthJson(health, true),
    text: ({ health, nowMs }) => healthText(health, nowMs, true),
    ending: 'none',
  },
  'osd tree': { json: osdTreeJson, text: osdTreeText },
  'osd df': { json: osdDfJson, text: osdDfText, byManager: true },
  'osd df tree': { json: osdDfTreeJson, text: osdDfTreeText, byManager: true },
  'osd stat': { json: osdStatJson, text: osdStatText, ending: 'none' },
  'osd pool stats': { json: osdPoolStatsJson, text: osdPoolStatsText, byManager: true, ending: 'none' },
  'osd pool autoscale-status': {
    json: autoscaleStatusJson,
    text: autoscaleStatusText,
    byManager: true,
    pretty: 'after blank',
  },
  'osd crush rule dump': { json: crushRuleDumpJson, text: () => pretty(crushRuleDumpJson()) },
  'osd crush rule ls': { json: crushRuleLsJson, text: () => `${crushRuleLsJson().join('\n')}\n` },
  'osd crush tree': { json: osdTreeJson, text: crushTreeText },
  'node ls': { json: nodeLsJson, text: (report) => pretty(nodeLsJson(report)) },
  'pg dump pgs_brief': {
    json: pgsBriefJson,
    text: pgsBriefText,
    byManager: true,
    ending: 'inside',
    stderr: () => 'dumped pgs_brief\n',
  },
  'mon dump': {
    json: monDumpJson,
    text: monDumpText,
    stderr: ({ monitors }) => `dumped monmap epoch ${monitors.mapEpoch}\n`,
  },
  'mgr module ls': { json: mgrModuleLsJson, text: () => pretty(mgrModuleLsJson()), pretty: 'bare' },
  'balancer status': {
    json: balancerStatusJson,
    text: (report) => pretty(balancerStatusJson(report)),
    byManager: true,
    pretty: 'after blank',
  },
  df: { json: dfJson, text: dfText },
  'pg stat': { json: pgStatJson, text: pgStatText, byManager: true, ending: 'inside' },
  'mon stat': { json: monStatJson, text: monStatText },
  quorum_status: { json: quorumStatusJson, text: (report) => compact(quorumStatusJson(report)) },
  'mgr stat': { json: mgrStatJson, text: (report) => pretty(mgrStatJson(report)), ending: 'none' },
  'osd pool ls detail': { json: osdPoolLsDetailJson, text: osdPoolLsDetailText, ending: 'none' },
  'osd pool ls': {
    json: ({ pools }) => pools.map(({ name }) => name),
    text: ({ pools }) => pools.map(({ name }) => `${name}\n`).join(''),
  },
  'osd ls': {
    json: ({ osds }) => osds.map(({ id }) => id),
    text: ({ osds }) => osds.map(({ id }) => `${id}\n`).join(''),
  },
  fsid: { json: ({ fsid }) => ({ fsid }), text: ({ fsid }) => `${fsid}\n` },
  versions: { json: versionsJson, text: (report) => pretty(versionsJson(report)), pretty: 'bare' },
  'time-sync-status': {
    json: (report) => timeSyncJson(report, allowedSkewSeconds),
    text: (report) => pretty(timeSyncJson(report, allowedSkewSeconds)),
    ending: 'none',
  },
}

/**
 * Runs `ceph` with these arguments (without the word itself) on a node. `-f json` and `--format json` choose the
 * shape; limits such as `--connect-timeout` are the caller's, who knows what time it is.
 */
export function cephCommand(cluster: AskedCluster, node: string, argv: readonly string[]): CephAnswer {
  const { words, asJson } = parse(argv)
  const report = cluster.report(node)
  if (report === undefined) return { kind: 'silent' }
  const command = commands[words.join(' ')]
  if (command === undefined) {
    const changed = cluster.change(words)
    return { kind: 'answered', ...(changed ?? unknownCommand(words)) }
  }
  if (command.byManager && report.managers.active === undefined) return { kind: 'silent' }
  const isUncertain = command.byManager && !report.groups.ready
  const warning = isUncertain
    ? 'Warning: due to ceph-mgr restart, some PG states may not be up to date\n'
    : ''
  const stderr = `${warning}${command.stderr?.(report) ?? ''}`
  const stdout = asJson ? jsonText(command, report) : command.text(report)
  return { kind: 'answered', stdout, stderr, exitCode: 0 }
}

function jsonText(command: Command, report: CephReport): string {
  const value = command.json(report)
  if (command.pretty !== undefined) return `${command.pretty === 'bare' ? '' : '\n'}${pretty(value)}`
  const text = JSON.stringify(value)
  if (command.ending === 'none') return `\n${text}`
  return command.ending === 'inside' ? `\n${text.slice(0, -1)}\n}` : `\n${text}\n`
}

function parse(argv: readonly string[]): { readonly words: readonly string[]; readonly asJson: boolean } {
  const words: string[] = []
  let asJson = false
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] as string
    if (word === '-s') words.push('status')
    else if (word === '-f' || word === '--format') {
      index += 1
      asJson = argv[index]?.startsWith('json') ?? false
    } else if (word.startsWith('--format=')) asJson = word.startsWith('--format=json')
    else if (word === '--connect-timeout') index += 1
    else words.push(word)
  }
  return { words, asJson }
}

/** EINVAL, as the client answers to words it does not know. */
function unknownCommand(words: readonly string[]) {
  return {
    stdout: '',
    stderr: `no valid command found; 10 closest matches:\nError EINVAL: invalid command: ${words.join(' ')}\n`,
    exitCode: 22,
  }
}
