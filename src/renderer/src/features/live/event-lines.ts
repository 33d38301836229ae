/** The journal in words, one line per entry, sorted into what a reader may want to see alone. */
import type { GateObstacle, JournalEntry, RunEvent } from '../../../../shared/domain/journal.ts'
import type { MessageKey } from '../../../../shared/i18n/catalogue.ts'
import { problemTextOf } from '../../../../shared/i18n/problem-text.ts'
import type { Translator } from '../../../../shared/i18n/translator.ts'

export const lineCategories = ['run', 'fault', 'ha'] as const
export type LineCategory = (typeof lineCategories)[number]

export interface EventLine {
  readonly seq: number
  readonly atMs: number
  readonly category: LineCategory
  readonly text: string
  /** Who wrote a line of the lab's log: `pve1 crm`. */
  readonly source?: string
  readonly isBad: boolean
  /** Worth interrupting a reader for. */
  readonly isNews: boolean
}

/** Names used in sentences: the number of a fault and the name of a guest. */
export interface LineNames {
  readonly ordinalOf: (fault: string) => number
  readonly nameOf: (guest: string) => string
}

export function eventLineOf(entry: JournalEntry, t: Translator, names: LineNames): EventLine {
  const { seq, atMs, event } = entry
  if (event.type === 'lab-log') {
    return {
      seq,
      atMs,
      category: 'ha',
      text: event.message,
      source: `${event.node} ${event.source}`,
      isBad: event.level === 'err' || event.level === 'error',
      isNews: false,
    }
  }
  return {
    seq,
    atMs,
    category: 'fault' in event ? 'fault' : 'run',
    text: sentenceOf(event, t, names),
    isBad: event.type === 'problem-met' || (event.type === 'run-ended' && event.outcome === 'failed'),
    isNews: news.has(event.type),
  }
}

const news: ReadonlySet<RunEvent['type']> = new Set([
  'window-opened',
  'gate-waiting',
  'fault-injected',
  'fault-healed',
  'fault-skipped',
  'schedule-paused',
  'schedule-continued',
  'cancel-requested',
  'problem-met',
  'window-closed',
  'run-ended',
])

type OwnEvent = Exclude<RunEvent, { readonly type: 'lab-log' }>

function sentenceOf(event: OwnEvent, t: Translator, { ordinalOf, nameOf }: LineNames): string {
  switch (event.type) {
    case 'run-started':
      return t('live:event.run-started', { recipe: event.spec.recipe, seed: event.spec.seed })
    case 'series-declared':
      return t('live:event.series-declared', { count: event.series.length })
    case 'steady-state-waiting':
      return t('live:event.steady-state-waiting', { obstacles: obstaclesText(event.obstacles, t, nameOf) })
    case 'phase-started':
    case 'phase-ended':
      return t(`live:event.${event.type}`, { phase: t(`terms:phase.${event.phase}`) })
    case 'gate-waiting':
      return t('live:event.gate-waiting', {
        fault: ordinalOf(event.fault),
        obstacles: obstaclesText(event.obstacles, t, nameOf),
      })
    case 'gate-passed':
      return t('live:event.gate-passed', {
        fault: ordinalOf(event.fault),
        seconds: Math.round(event.waitedMs / 1000),
      })
    case 'fault-aimed':
      return t('live:event.fault-aimed', {
        fault: ordinalOf(event.fault),
        kind: t(`terms:faultKind.${event.kind}`),
        node: event.target.node,
        guests: event.target.guests.length === 0 ? '-' : event.target.guests.map(nameOf).join(', '),
        master: event.target.wasCrmMaster ? ` ${t('live:event.onMaster')}` : '',
      })
    case 'fault-injected':
    case 'fault-healing':
    case 'fault-healed':
      return t(`live:event.${event.type}`, { fault: ordinalOf(event.fault) })
    case 'fault-skipped':
      return t('live:event.fault-skipped', {
        fault: ordinalOf(event.fault),
        reason: t(`terms:skipReason.${event.reason}`),
      })
    case 'problem-met':
      return problemTextOf(t.language, event.problem).what
    case 'run-ended':
      return t('live:event.run-ended', { outcome: t(`terms:runOutcome.${event.outcome}`) })
    case 'window-opened':
    case 'window-closed':
    case 'schedule-paused':
    case 'schedule-continued':
    case 'cancel-requested':
      return t(`live:event.${event.type}`)
  }
}

/** Obstacles as words, separated by semicolons. */
export function obstaclesText(
  obstacles: readonly GateObstacle[],
  t: Translator,
  nameOf: LineNames['nameOf'],
): string {
  return obstacles.map((obstacle) => obstacleText(obstacle, t, nameOf)).join('; ')
}

export function obstacleText(obstacle: GateObstacle, t: Translator, nameOf: LineNames['nameOf']): string {
  const key: MessageKey = `terms:obstacle.${obstacle.kind}`
  switch (obstacle.kind) {
    case 'guest-not-running':
      return t(key, { guest: nameOf(obstacle.guest) })
    case 'probe-not-ok':
      return t(key, { subject: nameOf(obstacle.subject), probe: obstacle.probe.toUpperCase() })
    default: {
      const { kind: _kind, ...params } = obstacle
      return t(key, params)
    }
  }
}
