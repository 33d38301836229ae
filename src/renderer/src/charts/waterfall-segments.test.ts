import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FaultResult, PhaseMark } from '../../../shared/domain/results.ts'
import { waterfallPhases, waterfallRowsOf } from './waterfall-segments.ts'

function faultWith(phases: readonly PhaseMark[], hit = true): FaultResult {
  return {
    fault: 'fault-1',
    kind: 'node-power-off',
    status: 'healed',
    node: 'pve3',
    injectedAtMs: 0,
    guests: [
      {
        guest: 'vm:101',
        hit,
        downtimeLowSeconds: 150,
        downtimeHighSeconds: 152,
        lostRecords: 0,
        censored: false,
        phases,
      },
    ],
  }
}

test('phases of a recorded hard kill add up to the time until the service answers', () => {
  const [row] = waterfallRowsOf([
    faultWith([
      { phase: 'first-lost', seconds: 0.4 },
      { phase: 'membership', seconds: 8 },
      { phase: 'node-unknown', seconds: 18.1 },
      { phase: 'fence', seconds: 68.2 },
      { phase: 'lock-acknowledged', seconds: 128.3 },
      { phase: 'recover', seconds: 128.3 },
      { phase: 'start', seconds: 137.6 },
      { phase: 'started', seconds: 138.2 },
      { phase: 'icmp-answers', seconds: 150.5 },
      { phase: 'service-answers', seconds: 152 },
    ]),
  ])
  const sum = row?.segments.reduce((total, { fromSeconds, toSeconds }) => total + toSeconds - fromSeconds, 0)
  expect(sum).toBeCloseTo(152, 9)
  expect(row).toMatchObject({ totalSeconds: 152, firstLostSeconds: 0.4, complete: true })
})

test('a guest on another node has no row, and one that never answered is not complete', () => {
  expect(waterfallRowsOf([faultWith([{ phase: 'membership', seconds: 8 }], false)])).toEqual([])
  expect(waterfallRowsOf([faultWith([{ phase: 'membership', seconds: 8 }])])[0]?.complete).toBe(false)
})

test('segments follow on each other without gaps or negative lengths, whatever marks were seen', () => {
  const mark = fc.record({
    phase: fc.constantFrom('first-lost' as const, ...waterfallPhases),
    seconds: fc.double({ min: 0, max: 700, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.uniqueArray(mark, { selector: ({ phase }) => phase, minLength: 1 }), (marks) => {
      let at = 0
      for (const segment of waterfallRowsOf([faultWith(marks)])[0]?.segments ?? []) {
        expect(segment.fromSeconds).toBe(at)
        expect(segment.toSeconds).toBeGreaterThanOrEqual(segment.fromSeconds)
        at = segment.toSeconds
      }
    }),
  )
})
