import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnSamples, memorySamples } from '../../main/testing/memory-samples.ts'
import { outcomeClassOf, type Series, scheduledMsOf } from '../domain/sample.ts'
import { bucketMsOf, bucketsOf } from './buckets.ts'
import { stripOf } from './strip.ts'

const series: Series = {
  index: 0,
  kind: 'icmp',
  subject: 'vm:101',
  address: '192.0.2.10',
  intervalMs: 1000,
  deadlineMs: 900,
  originMs: 250,
}

const drawing = fc
  .array(fc.tuple(fc.constantFrom('.', '.', '.', 'x', 'l', 'r', '?'), fc.integer({ min: 1, max: 700 })), {
    minLength: 1,
    maxLength: 10,
  })
  .map((runs) => runs.map(([character, length]) => character.repeat(length)).join(''))

const windows = fc
  .tuple(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 1, max: 4_000_000 }))
  .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs }))

describe('chart buckets', () => {
  it('hold whole intervals and are never more than asked for', () => {
    const twelveHours = { fromMs: 5000, toMs: 5000 + 43_200_000 }
    expect(bucketMsOf(twelveHours, 720, 1000)).toBe(60_000)
    expect(bucketMsOf(twelveHours, 1000, 1000)).toBe(44_000)
    expect(bucketMsOf({ fromMs: 0, toMs: 10_000 }, 720, 1000)).toBe(1000)
    expect(bucketMsOf(twelveHours, 720, 100)).toBe(60_000)
  })

  it('keep every sample and every outlier, whatever the samples and the window', () => {
    fc.assert(
      fc.property(drawing, windows, fc.integer({ min: 1, max: 40 }), (text, window, maxBuckets) => {
        const samples = drawnSamples(text)
        const buckets = bucketsOf(memorySamples([samples]), series, window, maxBuckets)
        expect(buckets.ok.length).toBeLessThanOrEqual(maxBuckets)
        const inside = samples.filter(({ tick }) => {
          const dueMs = scheduledMsOf(series, tick)
          return dueMs >= window.fromMs && dueMs < window.toMs
        })
        const of = (sum: readonly number[]) => sum.reduce((a, b) => a + b, 0)
        for (const kind of ['ok', 'late', 'bad', 'void'] as const) {
          const expected = inside.filter(({ outcome }) => outcomeClassOf(outcome) === kind).length
          expect(of(buckets[kind])).toBe(expected)
        }
        const good = inside
          .filter(({ outcome }) => outcomeClassOf(outcome) === 'ok')
          .map(({ rttUs }) => rttUs)
        const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null)
        if (good.length === 0) return
        expect(Math.min(...known(buckets.rttMinUs))).toBe(Math.min(...good))
        expect(Math.max(...known(buckets.rttMaxUs))).toBe(Math.max(...good))
        const weighted = buckets.rttMeanUs.map((mean, bucket) => (mean ?? 0) * (buckets.ok[bucket] ?? 0))
        expect(of(weighted)).toBeCloseTo(of(good), 3)
      }),
    )
  })

  it('put each sample into the bucket of the moment it was due', () => {
    const source = memorySamples([drawnSamples('..x.l?....')])
    const buckets = bucketsOf(source, series, { fromMs: 0, toMs: 10_000 }, 5)
    expect(buckets).toMatchObject({
      startMs: 0,
      bucketMs: 2000,
      first: 0,
      ok: [2, 1, 0, 2, 2],
      late: [0, 0, 1, 0, 0],
      bad: [0, 1, 0, 0, 0],
      void: [0, 0, 1, 0, 0],
      rttMinUs: [1000, 1003, null, 1006, 1008],
      rttMaxUs: [1001, 1003, null, 1007, 1009],
      rttMeanUs: [1000.5, 1003, null, 1006.5, 1008.5],
    })
  })
})

describe('the availability strip', () => {
  const strip = (text: string, window: { fromMs: number; toMs: number }, maxSegments = 1000) =>
    stripOf(memorySamples([drawnSamples(text)]), { ...series, originMs: 0 }, window, maxSegments)

  it('joins neighbours of one class and shows what was not measured as void', () => {
    expect(strip('...xxr.l', { fromMs: 0, toMs: 10_000 })).toEqual([
      { fromMs: 0, toMs: 3000, class: 'ok' },
      { fromMs: 3000, toMs: 6000, class: 'bad' },
      { fromMs: 6000, toMs: 7000, class: 'ok' },
      { fromMs: 7000, toMs: 8000, class: 'late' },
      { fromMs: 8000, toMs: 10_000, class: 'void' },
    ])
  })

  it('covers the window without gap and in order, whatever the samples', () => {
    fc.assert(
      fc.property(drawing, windows, fc.constantFrom(3, 50, 1000), (text, window, maxSegments) => {
        const segments = stripOf(memorySamples([drawnSamples(text)]), series, window, maxSegments)
        expect(segments.length).toBeLessThanOrEqual(maxSegments)
        expect(segments[0]?.fromMs).toBe(window.fromMs)
        expect(segments.at(-1)?.toMs).toBe(window.toMs)
        for (const [index, segment] of segments.entries()) {
          expect(segment.toMs).toBeGreaterThan(segment.fromMs)
          const next = segments[index + 1]
          if (!next) continue
          expect(next.fromMs).toBe(segment.toMs)
          expect(next.class).not.toBe(segment.class)
        }
      }),
    )
  })

  it('shows an outage of one probe in twelve hours even where there is no room for it', () => {
    const text = `${'.?'.repeat(10_000)}x${'.'.repeat(23_199)}`
    const segments = strip(text, { fromMs: 0, toMs: 43_200_000 }, 100)
    const bad = segments.filter((segment) => segment.class === 'bad')
    expect(bad).toHaveLength(1)
    expect(bad[0]?.fromMs).toBeLessThanOrEqual(20_000_000)
    expect(bad[0]?.toMs).toBeGreaterThanOrEqual(20_001_000)
  })
})
