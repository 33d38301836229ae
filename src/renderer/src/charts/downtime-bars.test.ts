import { expect, test } from 'vitest'
import type { FaultResult } from '../../../shared/domain/results.ts'
import { downtimeBarsOf, downtimeExtremes } from './downtime-bars.ts'

const guest = {
  downtimeLowSeconds: 0,
  downtimeHighSeconds: 0,
  lostRecords: 0,
  hit: false,
  censored: false,
  phases: [],
}
const faults: readonly FaultResult[] = [
  {
    fault: 'a',
    kind: 'node-power-off',
    status: 'healed',
    node: 'pve1',
    wasCrmMaster: true,
    injectedAtMs: 10,
    guests: [
      {
        ...guest,
        guest: 'ct:101',
        hit: true,
        downtimeLowSeconds: 190,
        downtimeHighSeconds: 192,
        lostRecords: 0,
      },
      { ...guest, guest: 'vm:103' },
    ],
  },
  { fault: 'b', kind: 'node-power-off', status: 'skipped', skipReason: 'user', guests: [] },
  {
    fault: 'c',
    kind: 'node-power-off',
    status: 'healed',
    node: 'pve2',
    injectedAtMs: 20,
    guests: [
      {
        ...guest,
        guest: 'ct:101',
        hit: true,
        downtimeLowSeconds: 140,
        downtimeHighSeconds: 142,
        lostRecords: 0,
      },
      {
        ...guest,
        guest: 'vm:103',
        hit: true,
        censored: true,
        downtimeLowSeconds: 20,
        downtimeHighSeconds: 900,
        lostRecords: 0,
      },
    ],
  },
]

test('a skipped fault has no bar but keeps its number', () => {
  expect(downtimeBarsOf(faults).map(({ ordinal, guest }) => `${ordinal} ${guest}`)).toEqual([
    '1 ct:101',
    '1 vm:103',
    '3 ct:101',
    '3 vm:103',
  ])
})

test('extremes count only guests that were hit and measured to the end', () => {
  const extremes = downtimeExtremes(downtimeBarsOf(faults))
  expect(extremes?.count).toBe(2)
  expect(extremes?.longest).toMatchObject({ ordinal: 1, wasCrmMaster: true })
  expect(extremes?.shortest).toMatchObject({ ordinal: 3, wasCrmMaster: false })
  expect(downtimeExtremes([])).toBeUndefined()
})
