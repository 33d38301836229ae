import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runStateOf } from '../../../../shared/domain/journal.ts'
import {
  exampleBuckets,
  exampleSpec,
  frameOf,
  journalOf,
  openedJournal,
} from '../../testing/example-live-run.ts'
import { emptyLiveRun, foldFrame, type LiveRun, mergeBuckets } from './live-run.ts'

test('however a journal is cut into frames, the state is the fold of the journal', () => {
  const entries = [
    ...openedJournal,
    ...journalOf(
      [
        [7500, { type: 'gate-passed', fault: 'fault-1', waitedMs: 0 }],
        [7500, { type: 'fault-injected', fault: 'fault-1' }],
        [8100, { type: 'fault-healing', fault: 'fault-1' }],
        [8200, { type: 'fault-healed', fault: 'fault-1' }],
      ],
      5,
    ),
  ]
  fc.assert(
    fc.property(fc.array(fc.nat({ max: entries.length }), { maxLength: 6 }), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), entries.length]
      const run = edges
        .slice(1)
        .reduce<LiveRun>(
          (before, edge, index) => foldFrame(before, frameOf({ entries: entries.slice(edges[index], edge) })),
          emptyLiveRun,
        )
      expect(run.state).toEqual(runStateOf(entries))
      expect(run.entries).toEqual(entries)
    }),
  )
})

test('a stream that starts again from the beginning changes nothing that was known', () => {
  const first = foldFrame(emptyLiveRun, frameOf({ entries: openedJournal, nowMs: 400_000 }))
  const again = foldFrame(first, frameOf({ entries: openedJournal, nowMs: 500_000 }))
  expect(again.entries).toBe(first.entries)
  expect(again.state).toEqual(first.state)
  expect(again.nowMs).toBe(500_000)
  expect(again.state.spec).toEqual(exampleSpec)
})

test('the last bucket is replaced while it grows, and earlier ones stay', () => {
  const held = exampleBuckets(0, 0, [
    [10, 0, 0, 0],
    [4, 0, 0, 0],
  ])
  const merged = mergeBuckets(
    held,
    exampleBuckets(0, 1, [
      [7, 0, 3, 0],
      [1, 0, 0, 0],
    ]),
  )
  expect(merged.ok).toEqual([10, 7, 1])
  expect(merged.bad).toEqual([0, 3, 0])
  expect(merged.rttMeanUs).toHaveLength(3)
})

test('an update that changes nothing gives back the same object', () => {
  const held = exampleBuckets(0, 0, [
    [10, 0, 0, 0],
    [4, 0, 0, 0],
  ])
  expect(mergeBuckets(held, exampleBuckets(0, 1, [[4, 0, 0, 0]]))).toBe(held)
  expect(mergeBuckets(held, exampleBuckets(0, 1, [[4, 0, 1, 0]]))).not.toBe(held)
  expect(mergeBuckets(held, exampleBuckets(0, 0, [[10, 0, 0, 0]]))).not.toBe(held)
})

test('buckets that were skipped are empty, not missing', () => {
  const merged = mergeBuckets(exampleBuckets(0, 0, [[10, 0, 0, 0]]), exampleBuckets(0, 3, [[9, 0, 1, 0]]))
  expect(merged.ok).toEqual([10, 0, 0, 9])
  expect(merged.rttMinUs).toEqual([400, null, null, 400])
})

test('buckets on another grid replace what was held', () => {
  const other = { ...exampleBuckets(0, 0, [[5, 0, 0, 0]]), bucketMs: 60_000 }
  expect(mergeBuckets(exampleBuckets(0, 0, [[10, 0, 0, 0]]), other)).toBe(other)
})

test('updates in pieces give what one update would have given', () => {
  const count = fc.nat({ max: 10 })
  const rows = fc.array(fc.tuple(count, count, count, count), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(rows, fc.array(fc.nat({ max: 19 }), { maxLength: 5 }), (counts, cuts) => {
      const edges = [...new Set([...cuts.filter((cut) => cut < counts.length), counts.length - 1])].toSorted(
        (a, b) => a - b,
      )
      let run = emptyLiveRun
      let sent = 0
      for (const edge of edges) {
        const piece = exampleBuckets(0, sent, counts.slice(sent, edge + 1))
        run = foldFrame(run, frameOf({ buckets: [piece] }))
        // The host sends the last bucket again, for it may still have grown.
        sent = edge
      }
      expect(run.buckets.get(0)).toEqual(exampleBuckets(0, 0, counts))
    }),
  )
})
