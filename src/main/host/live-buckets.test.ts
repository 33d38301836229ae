import { expect, test } from 'vitest'
import { outcomes, type Series } from '../../shared/domain/sample.ts'
import { LiveBuckets, liveBucketMs } from './live-buckets.ts'

const series: Series = {
  index: 0,
  kind: 'icmp',
  subject: 'ct:101',
  address: '192.0.2.10',
  intervalMs: 1000,
  deadlineMs: 900,
  originMs: 250,
}
const sample = (tick: number, outcome: keyof typeof outcomes, rttUs = 0) => ({
  tick,
  latenessUs: 0,
  rttUs,
  outcome: outcomes[outcome],
})

test('twelve hours become buckets of a minute, five minutes stay at the probe interval', () => {
  expect(liveBucketMs(43_200_000, 1000)).toBe(60_000)
  expect(liveBucketMs(300_000, 1000)).toBe(1000)
})

test('each sample is counted once in the bucket of its scheduled time', () => {
  const buckets = new LiveBuckets(10_000)
  for (let tick = 0; tick < 25; tick++)
    buckets.record(series, sample(tick, tick === 12 ? 'bad:timeout' : 'ok', 100 + tick))
  const [all] = buckets.follow()()
  expect(all).toMatchObject({ first: 0, ok: [10, 9, 5], bad: [0, 1, 0], rttMinUs: [100, 110, 120] })
  expect(all?.rttMeanUs[0]).toBeCloseTo(104.5)
})

test('a follower gets everything first, then only what changed, and nothing is lost in between', () => {
  const buckets = new LiveBuckets(10_000)
  const next = buckets.follow()
  for (let tick = 0; tick < 15; tick++) buckets.record(series, sample(tick, 'ok'))
  expect(next()[0]).toMatchObject({ first: 0, ok: [10, 5] })
  for (let tick = 15; tick < 25; tick++) buckets.record(series, sample(tick, 'ok'))
  expect(next()[0]).toMatchObject({ first: 1, ok: [10, 5] })
})

test('a bucket without a good answer has no round-trip time', () => {
  const buckets = new LiveBuckets(1000)
  buckets.record(series, sample(0, 'bad:refused', 300))
  expect(buckets.follow()()[0]).toMatchObject({ rttMinUs: [null], rttMaxUs: [null], rttMeanUs: [null] })
})
