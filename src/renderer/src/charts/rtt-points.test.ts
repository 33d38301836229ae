import { expect, test } from 'vitest'
import { rttPointsOf, rttSummaryOf } from './rtt-points.ts'

const buckets = {
  series: 0,
  startMs: 0,
  bucketMs: 60_000,
  first: 2,
  ok: [59, 0, 0, 0],
  late: [1, 0, 0, 0],
  bad: [0, 60, 0, 0],
  void: [0, 0, 60, 0],
  rttMinUs: [400, null, null, null],
  rttMaxUs: [812_000, null, null, null],
  rttMeanUs: [900, null, null, null],
}

test('an outage is a gap in the line and a full loss, void is neither', () => {
  const points = rttPointsOf(buckets, 120_000)
  expect(points).toHaveLength(3)
  expect(points[0]).toMatchObject({
    fromMs: 0,
    toMs: 60_000,
    minMs: 0.4,
    maxMs: 812,
    meanMs: 0.9,
    sent: 60,
    lost: 1,
  })
  expect(points[1]).toMatchObject({ meanMs: null, lossPercent: 100, lost: 60 })
  expect(points[2]).toMatchObject({ meanMs: null, lossPercent: null, void: 60 })
})

test('the slowest answer of all stays the maximum of the summary', () => {
  expect(rttSummaryOf(rttPointsOf(buckets, 0))).toEqual({ minMs: 0.4, maxMs: 812, lost: 61, sent: 120 })
  expect(rttSummaryOf([])).toEqual({ minMs: null, maxMs: null, lost: 0, sent: 0 })
})
