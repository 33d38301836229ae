import { expect, test } from 'vitest'
import { markerLabel, markersOfResults, markersOfStates } from './fault-markers.ts'

test('live states and finished results give the same marker', () => {
  const live = markersOfStates(
    [
      {
        id: 'f1',
        kind: 'node-power-off',
        status: 'healed',
        injectedAtMs: 5000,
        healedAtMs: 9000,
        target: { node: 'pve2', rule: 'fixed', guests: [], wasCrmMaster: true },
      },
      { id: 'f2', kind: 'node-power-off', status: 'planned' },
    ],
    1000,
  )
  const finished = markersOfResults(
    [
      {
        fault: 'f1',
        kind: 'node-power-off',
        status: 'healed',
        node: 'pve2',
        wasCrmMaster: true,
        injectedAtMs: 5000,
        healedAtMs: 9000,
        guests: [],
      },
    ],
    1000,
  )
  expect(live).toEqual(finished)
  expect(live).toHaveLength(1)
  expect(live.map(markerLabel)).toEqual(['1 pve2 (M)'])
})
