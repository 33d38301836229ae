import { expect, test } from 'vitest'
import { haLine, journalOf } from '../../testing/example-live-run.ts'
import { journalRowsOf, journalRowsShown } from './journal-filter.ts'

const rows = journalRowsOf(
  journalOf([
    [0, { type: 'window-opened' }],
    [1, haLine('pve1', 'starting service ct:101')],
    [2, { type: 'fault-injected', fault: 'fault-1' }],
  ]),
)

test('a row keeps everything of its event but the kind', () => {
  expect(rows[0]?.content).toBe('')
  expect(JSON.parse(rows[2]?.content ?? '')).toEqual({ fault: 'fault-1' })
})

test('kind and search narrow together, without regard to case', () => {
  expect(journalRowsShown(rows, { type: '', search: '' })).toHaveLength(3)
  expect(journalRowsShown(rows, { type: 'lab-log', search: '' }).map(({ seq }) => seq)).toEqual([2])
  expect(journalRowsShown(rows, { type: '', search: 'STARTING' }).map(({ seq }) => seq)).toEqual([2])
  expect(journalRowsShown(rows, { type: 'lab-log', search: 'fault-1' })).toEqual([])
})
