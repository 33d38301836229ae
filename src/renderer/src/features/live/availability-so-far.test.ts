import { expect, test } from 'vitest'
import { exampleBuckets, exampleSeries, frameOf, journalOf } from '../../testing/example-live-run.ts'
import { availabilitySoFar } from './availability-so-far.ts'
import { emptyLiveRun, foldFrame } from './live-run.ts'

const series = [
  exampleSeries(0, 'vm:103', 'http'),
  exampleSeries(1, 'vm:103', 'icmp'),
  exampleSeries(2, 'ct:101', 'icmp'),
  exampleSeries(3, 'control', 'icmp'),
]
const entries = journalOf([
  [0, { type: 'series-declared', series }],
  [20, { type: 'window-opened' }],
])

test('counts answered probes since the window opened, from ping, without the control address', () => {
  const run = foldFrame(
    emptyLiveRun,
    frameOf({
      entries,
      nowMs: 50_000,
      buckets: [
        exampleBuckets(0, 0, [[0, 0, 10, 0]]),
        // Two buckets before the window, one good, one with loss and void.
        exampleBuckets(1, 0, [
          [0, 0, 10, 0],
          [0, 0, 10, 0],
          [10, 0, 0, 0],
          [5, 1, 4, 3],
        ]),
        exampleBuckets(3, 0, [[10, 0, 0, 0]]),
      ],
    }),
  )
  expect(availabilitySoFar(run)).toMatchObject([{ guest: 'vm:103', percent: 75, voids: 3 }])
})

test('nothing but void is no availability, not a perfect one', () => {
  const run = foldFrame(emptyLiveRun, frameOf({ entries, buckets: [exampleBuckets(2, 2, [[0, 0, 0, 10]])] }))
  expect(availabilitySoFar(run)).toMatchObject([{ guest: 'ct:101', percent: null, voids: 10 }])
})

test('before the window there is none', () => {
  expect(availabilitySoFar(emptyLiveRun)).toEqual([])
})
