import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../domain/journal.ts'
import { foundRecordsLine, lossCauses, lostRecordsLine, recordNewsOf } from '../domain/record-loss.ts'
import type { FaultSpan } from './faults.ts'
import { lostRecordsOf, recordLossesOf } from './record-losses.ts'

const spans: readonly FaultSpan[] = [
  { fault: { id: 'one', kind: 'node-power-off', status: 'healed' }, injectedAtMs: 1000, endMs: 5000 },
  {
    fault: { id: 'two', kind: 'node-power-off', status: 'healed', aimedAtMs: 4800 },
    injectedAtMs: 5000,
    endMs: 9000,
  },
]
const window = { fromMs: 500, toMs: 9000 }

function lossesOf(lines: readonly (readonly [atMs: number, message: string, source?: string])[]) {
  const entries = lines.map(
    ([atMs, message, source = 'lab'], index): JournalEntry => ({
      seq: index + 1,
      atMs,
      event: { type: 'lab-log', node: 'pve2', source, level: 'warning', message },
    }),
  )
  return recordLossesOf(entries, spans, window)
}

describe('losses of acknowledged records', () => {
  it('are put down to the last fault before them, or to none', () => {
    const losses = lossesOf([
      [100, lostRecordsLine('vm:101', 0, 5, 'server-cache')],
      [600, lostRecordsLine('vm:101', 5, 7, 'server-cache')],
      [2000, lostRecordsLine('vm:101', 10, 40, 'stale-replica')],
      [2000, lostRecordsLine('vm:101', 50, 51, 'stale-replica')],
      [4900, lostRecordsLine('ct:102', 0, 100, 'diverged-copy')],
    ])
    expect(losses).toEqual([
      { guest: 'vm:101', node: 'pve2', atMs: 600, records: 2, cause: 'server-cache' },
      { guest: 'vm:101', fault: 'one', node: 'pve2', atMs: 2000, records: 30, cause: 'stale-replica' },
      { guest: 'vm:101', fault: 'one', node: 'pve2', atMs: 2000, records: 1, cause: 'stale-replica' },
      { guest: 'ct:102', fault: 'two', node: 'pve2', atMs: 4900, records: 100, cause: 'diverged-copy' },
    ])
    expect(lostRecordsOf(losses, 'vm:101')).toBe(33)
    expect(lostRecordsOf(losses, 'vm:101', 'one')).toBe(31)
    expect(lostRecordsOf(losses, 'vm:101', 'two')).toBe(0)
  })

  it('are less by what the guest had again later, the latest first', () => {
    const losses = lossesOf([
      [2000, lostRecordsLine('vm:101', 0, 30, 'stale-replica')],
      [3000, lostRecordsLine('ct:102', 0, 9, 'stale-replica')],
      [6000, lostRecordsLine('vm:101', 40, 50, 'stale-replica')],
      [7000, foundRecordsLine('vm:101', 15)],
    ])
    expect(losses.map(({ guest, records }) => [guest, records])).toEqual([
      ['vm:101', 25],
      ['ct:102', 9],
    ])
  })

  it('are told by the ledger alone', () => {
    expect(lossesOf([[2000, lostRecordsLine('vm:101', 0, 30, 'stale-replica'), 'pve-ha-lrm']])).toEqual([])
    expect(lossesOf([[2000, 'reset by watchdog']])).toEqual([])
  })
})

it('lines are read as they are written', () => {
  for (const cause of lossCauses)
    expect(recordNewsOf(lostRecordsLine('ct:7', 3, 10, cause))).toEqual({
      kind: 'lost',
      guest: 'ct:7',
      records: 7,
      cause,
    })
  expect(recordNewsOf(foundRecordsLine('ct:7', 4))).toEqual({ kind: 'found', guest: 'ct:7', records: 4 })
})
