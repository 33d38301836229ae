import { expect, test } from 'vitest'
import type { RunEvent } from '../../../../shared/domain/journal.ts'
import { languages } from '../../../../shared/i18n/catalogue.ts'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { problem } from '../../../../shared/problems/problem.ts'
import { exampleSpec, haLine, journalOf } from '../../testing/example-live-run.ts'
import { eventLineOf } from './event-lines.ts'
import { linesShown } from './line-filter.ts'
import { lineNamesOf } from './line-names.ts'

const names = lineNamesOf(exampleSpec)
const everyEvent: readonly RunEvent[] = [
  { type: 'run-started', spec: exampleSpec },
  { type: 'series-declared', series: [] },
  {
    type: 'steady-state-waiting',
    obstacles: [
      { kind: 'no-quorum', present: 1, expected: 3 },
      { kind: 'node-offline', node: 'pve2' },
      { kind: 'guest-not-running', guest: 'vm:103' },
    ],
  },
  { type: 'window-opened' },
  { type: 'phase-started', phase: 'main' },
  { type: 'phase-ended', phase: 'main' },
  {
    type: 'gate-waiting',
    fault: 'fault-3',
    obstacles: [
      { kind: 'pgs-not-clean', activeClean: 90, placementGroups: 128 },
      { kind: 'probe-not-ok', subject: 'ct:101', probe: 'icmp' },
      { kind: 'ha-not-armed' },
    ],
  },
  { type: 'gate-passed', fault: 'fault-3', waitedMs: 12_400 },
  {
    type: 'fault-aimed',
    fault: 'fault-3',
    kind: 'node-power-off',
    target: { node: 'pve1', rule: 'fixed', guests: ['ct:101'], wasCrmMaster: true },
  },
  { type: 'fault-injected', fault: 'fault-3' },
  { type: 'fault-healing', fault: 'fault-3' },
  { type: 'fault-healed', fault: 'fault-3' },
  { type: 'fault-skipped', fault: 'fault-3', reason: 'gate-timeout' },
  { type: 'schedule-paused' },
  { type: 'schedule-continued' },
  { type: 'cancel-requested' },
  { type: 'problem-met', problem: problem('run.heal-failed', { fault: 'fault-3', node: 'pve1' }) },
  { type: 'window-closed' },
  { type: 'run-ended', outcome: 'completed' },
  haLine('pve2', 'status change slave => master'),
]

test.each(languages)('every event has a whole sentence in %s', (language) => {
  const translate = createTranslator(language)
  for (const entry of journalOf(everyEvent.map((event) => [1, event] as const))) {
    const { text } = eventLineOf(entry, translate, names)
    expect(text, entry.event.type).not.toMatch(/…|\{\{|^live:|undefined|^$/)
  }
})

test('faults are told by their number and guests by their name', () => {
  const translate = createTranslator('en')
  const lines = journalOf(everyEvent.map((event) => [1, event] as const)).map((entry) =>
    eventLineOf(entry, translate, names),
  )
  expect(lines[8]?.text).toBe('Fault 3 aimed: Power cut of pve1 (CRM master), guests container-a.')
  expect(lines[6]?.text).toContain('container-a')
  expect(lines.at(-1)).toMatchObject({ category: 'ha', source: 'pve2 pve-ha-crm', isNews: false })
})

test('the filter keeps one kind, searches text and source, and puts the newest first', () => {
  const translate = createTranslator('en')
  const lines = journalOf(everyEvent.map((event) => [1, event] as const)).map((entry) =>
    eventLineOf(entry, translate, names),
  )
  const faults = linesShown(lines, { category: 'fault', search: '' })
  expect(faults.map(({ seq }) => seq)).toEqual([13, 12, 11, 10, 9, 8, 7])
  expect(linesShown(lines, { category: 'all', search: ' PVE-HA-CRM' })).toHaveLength(1)
  expect(linesShown(lines, { category: 'run', search: 'no such words' })).toEqual([])
})
