import { expect, test } from 'vitest'
import type { FaultResult } from '../../../../shared/domain/results.ts'
import { faultRowsOf } from './fault-rows.ts'

const unhit = { downtimeLowSeconds: 0, downtimeHighSeconds: 0, lostRecords: 0, censored: false, phases: [] }
const faults: readonly FaultResult[] = [
  {
    fault: 'fault-1',
    kind: 'node-power-off',
    status: 'healed',
    guests: [
      {
        guest: 'ct:101',
        hit: true,
        downtimeLowSeconds: 143,
        downtimeHighSeconds: 145,
        lostRecords: 0,
        censored: false,
        phases: [
          { phase: 'first-lost', seconds: -0.1 },
          { phase: 'fence', seconds: 67.8 },
        ],
      },
      { guest: 'ct:102', hit: false, ...unhit },
      { guest: 'vm:104', hit: true, ...unhit },
    ],
  },
  { fault: 'fault-2', kind: 'node-power-off', status: 'skipped', skipReason: 'user', guests: [] },
  {
    fault: 'fault-3',
    kind: 'node-power-off',
    status: 'healed',
    guests: [{ guest: 'ct:101', hit: false, ...unhit }],
  },
]

test('each guest that was hit has a row, and a fault without one keeps its own', () => {
  expect(faultRowsOf(faults).map(({ ordinal, guest }) => `${ordinal} ${guest?.guest ?? '-'}`)).toEqual([
    '1 ct:101',
    '1 vm:104',
    '2 -',
    '3 -',
  ])
})

test('moments that were not seen are absent, not zero', () => {
  const [first, second] = faultRowsOf(faults)
  expect(first?.moments).toEqual({ 'first-lost': -0.1, fence: 67.8 })
  expect(second?.moments.fence).toBeUndefined()
})

test('rows have different keys', () => {
  const keys = faultRowsOf(faults).map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
})
