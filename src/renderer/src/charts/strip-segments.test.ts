import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SeriesBuckets } from '../../../shared/domain/series-buckets.ts'
import { clipSegments, segmentsOfBuckets, shiftSegments, stripTotals } from './strip-segments.ts'

function bucketsOf(counts: readonly (readonly [number, number, number, number])[], first = 0): SeriesBuckets {
  return {
    series: 0,
    startMs: 0,
    bucketMs: 1000,
    first,
    ok: counts.map(([ok]) => ok),
    late: counts.map(([, late]) => late),
    bad: counts.map(([, , bad]) => bad),
    void: counts.map(([, , , none]) => none),
    rttMinUs: counts.map(() => null),
    rttMaxUs: counts.map(() => null),
    rttMeanUs: counts.map(() => null),
  }
}

test('equal neighbours are joined and a bucket without samples leaves a gap', () => {
  const segments = segmentsOfBuckets(
    bucketsOf([
      [5, 0, 0, 0],
      [5, 0, 0, 0],
      [0, 0, 0, 0],
      [5, 0, 0, 0],
    ]),
  )
  expect(segments).toEqual([
    { fromMs: 0, toMs: 2000, class: 'ok' },
    { fromMs: 3000, toMs: 4000, class: 'ok' },
  ])
})

test('one lost probe among many makes its bucket down', () => {
  expect(segmentsOfBuckets(bucketsOf([[599, 3, 1, 2]]))).toEqual([{ fromMs: 0, toMs: 1000, class: 'bad' }])
  expect(segmentsOfBuckets(bucketsOf([[599, 3, 0, 2]]))[0]?.class).toBe('void')
  expect(segmentsOfBuckets(bucketsOf([[599, 3, 0, 0]]))[0]?.class).toBe('late')
})

test('buckets that start later keep their place on the time axis', () => {
  expect(segmentsOfBuckets(bucketsOf([[1, 0, 0, 0]], 7))).toEqual([{ fromMs: 7000, toMs: 8000, class: 'ok' }])
})

test('every bucket with a bad sample lies in a bad segment, whatever its neighbours', () => {
  const count = fc.nat({ max: 2 })
  fc.assert(
    fc.property(fc.array(fc.tuple(count, count, count, count), { maxLength: 40 }), (counts) => {
      const segments = segmentsOfBuckets(bucketsOf(counts))
      counts.forEach(([ok, late, bad, none], index) => {
        const covering = segments.filter(({ fromMs, toMs }) => fromMs <= index * 1000 && toMs > index * 1000)
        expect(covering).toHaveLength(ok + late + bad + none === 0 ? 0 : 1)
        if (bad > 0) expect(covering[0]?.class).toBe('bad')
      })
    }),
  )
})

test('clipping keeps the class and cuts only the ends', () => {
  const segments = [
    { fromMs: 0, toMs: 100, class: 'ok' as const },
    { fromMs: 100, toMs: 200, class: 'bad' as const },
    { fromMs: 200, toMs: 300, class: 'ok' as const },
  ]
  expect(clipSegments(segments, { fromMs: 150, toMs: 200 })).toEqual([
    { fromMs: 150, toMs: 200, class: 'bad' },
  ])
  expect(shiftSegments(segments, 100)[1]).toEqual({ fromMs: 0, toMs: 100, class: 'bad' })
})

test('totals count seconds by class and separate outages', () => {
  const totals = stripTotals([
    { fromMs: 0, toMs: 10_000, class: 'ok' },
    { fromMs: 10_000, toMs: 12_500, class: 'bad' },
    { fromMs: 12_500, toMs: 13_000, class: 'void' },
    { fromMs: 13_000, toMs: 14_000, class: 'bad' },
  ])
  expect(totals).toEqual({ seconds: { ok: 10, late: 0, bad: 3.5, void: 0.5 }, downs: 2 })
})
