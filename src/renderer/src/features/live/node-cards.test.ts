import { expect, test } from 'vitest'
import type { RunEvent } from '../../../../shared/domain/journal.ts'
import { exampleSpec, haLine, journalOf } from '../../testing/example-live-run.ts'
import { nodeCardsOf } from './node-cards.ts'

function summaryAfter(events: readonly RunEvent[], spec = exampleSpec): readonly string[] {
  return nodeCardsOf(journalOf(events.map((event, index) => [index, event] as const)), spec).map(
    ({ name, power, isCrmMaster, haState, guests }) =>
      [
        `${name}${isCrmMaster ? '*' : ''} ${power}${haState === undefined ? '' : ` ${haState}`}:`,
        ...guests.map(({ guest, state }) => `${guest} ${state}`),
      ].join(' '),
  )
}

const aimed: RunEvent = {
  type: 'fault-aimed',
  fault: 'fault-1',
  kind: 'node-power-off',
  target: { node: 'pve1', rule: 'hosting-guest', guests: ['ct:101', 'vm:104'], wasCrmMaster: true },
}

test('before anything was reported nothing is claimed', () => {
  expect(summaryAfter([])).toEqual([
    'pve1 unknown: ct:101 unknown vm:104 unknown',
    'pve2 unknown: ct:102 unknown',
    'pve3 unknown: vm:103 unknown',
  ])
})

test('an open window means that all nodes and guests were found well', () => {
  expect(summaryAfter([{ type: 'window-opened' }])).toEqual([
    'pve1 on: ct:101 up vm:104 up',
    'pve2 on: ct:102 up',
    'pve3 on: vm:103 up',
  ])
})

test('a power cut takes the guests down until HA starts them elsewhere', () => {
  const cut: readonly RunEvent[] = [
    { type: 'window-opened' },
    aimed,
    { type: 'fault-injected', fault: 'fault-1' },
  ]
  expect(summaryAfter(cut)).toEqual([
    'pve1 off: ct:101 down vm:104 down',
    'pve2 on: ct:102 up',
    'pve3 on: vm:103 up',
  ])
  const recovered: readonly RunEvent[] = [
    ...cut,
    haLine('pve2', 'status change slave => master'),
    haLine('pve2', "node 'pve1': state changed from 'online' => 'unknown'"),
    haLine('pve2', "recover service 'ct:101' from fenced node 'pve1' to node 'pve3'"),
    haLine('pve2', "recover service 'vm:104' from fenced node 'pve1' to node 'pve2'"),
    haLine('pve3', 'service status ct:101 started'),
    { type: 'fault-healing', fault: 'fault-1' },
  ]
  expect(summaryAfter(recovered)).toEqual([
    'pve1 starting unknown:',
    'pve2* on: ct:102 up vm:104 down',
    'pve3 on: ct:101 up vm:103 up',
  ])
  expect(summaryAfter([...recovered, { type: 'fault-healed', fault: 'fault-1' }])[0]).toBe('pve1 on unknown:')
})

test('a graceful shutdown is reported guest by guest, and the node is off when the others have lost it', () => {
  const spec = {
    ...exampleSpec,
    plan: {
      ...exampleSpec.plan,
      faults: exampleSpec.plan.faults.map((fault) => ({ ...fault, kind: 'node-shutdown' as const })),
    },
  }
  const shutdown: readonly RunEvent[] = [
    { type: 'window-opened' },
    { ...aimed, kind: 'node-shutdown' },
    { type: 'fault-injected', fault: 'fault-1' },
    haLine('pve1', 'service status ct:101 stopped'),
  ]
  expect(summaryAfter(shutdown, spec)[0]).toBe('pve1* going-off: ct:101 down vm:104 up')
  const lost = [...shutdown, haLine('pve2', "node 'pve1': state changed from 'online' => 'unknown'")]
  expect(summaryAfter(lost, spec)[0]).toBe('pve1 off unknown: ct:101 down vm:104 down')
})

test('without HA the guests come back with their node', () => {
  const events: readonly RunEvent[] = [
    { type: 'window-opened' },
    aimed,
    { type: 'fault-injected', fault: 'fault-1' },
    { type: 'fault-healed', fault: 'fault-1' },
  ]
  expect(summaryAfter(events, { ...exampleSpec, group: 'control' })[0]).toBe('pve1 on: ct:101 up vm:104 up')
  expect(summaryAfter(events)[0]).toBe('pve1 on: ct:101 down vm:104 down')
})
