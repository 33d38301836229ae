import { expect, test } from 'vitest'
import type { JournalEntry } from '../../../shared/domain/journal.ts'
import { landmarksOf } from './ha-landmarks.ts'

function logLines(messages: readonly string[]): readonly JournalEntry[] {
  return messages.map((message, index) => ({
    seq: index + 1,
    atMs: 1000 * index,
    event: { type: 'lab-log', node: 'pve1', source: 'crm', level: 'info', message },
  }))
}

test('the turning points of a recorded hard kill are found in order', () => {
  const landmarks = landmarksOf(
    logLines([
      "node 'pve3': state changed from 'online' => 'unknown'",
      "service 'vm:101': state changed from 'started' to 'fence'",
      "node 'pve3': state changed from 'unknown' => 'fence'",
      "fencing: acknowledged - got agent lock for node 'pve3'",
      "recover service 'vm:101' from fenced node 'pve3' to node 'pve2'",
      'starting service vm:101',
      "node 'pve3': state changed from 'fence' => 'unknown'",
      'service status vm:101 started',
      "node 'pve3': state changed from 'unknown' => 'online'",
    ]),
    0,
  )
  expect(landmarks.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'node-unknown pve3',
    'fence pve3',
    'lock-acknowledged pve3',
    'recover vm:101',
    'start vm:101',
    'started vm:101',
    'node-online pve3',
  ])
})

test('a new master is named by the node that wrote the line', () => {
  expect(landmarksOf(logLines(['status change slave => master']), 0)).toMatchObject([
    { kind: 'master', subject: 'pve1' },
  ])
})

test('times count from the origin and other lines and events are left out', () => {
  const entries: readonly JournalEntry[] = [
    ...logLines(['watchdog active', 'starting service ct:102']),
    { seq: 3, atMs: 9000, event: { type: 'window-opened' } },
  ]
  expect(landmarksOf(entries, 400)).toEqual([
    { kind: 'start', atMs: 600, subject: 'ct:102', message: 'starting service ct:102' },
  ])
})
