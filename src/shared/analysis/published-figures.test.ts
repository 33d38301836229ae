import { describe, expect, it } from 'vitest'
import { downtimeSecondsOf, meaningfulDecimals } from './availability.ts'
import { median, quantile } from './statistics.ts'

/** The published availabilities of the 12 h runs with 8 injected failures, and what they amount to. */
const published = [
  { guest: 'container A', percent: 96.682, downtime: 1433.4, perFailure: 179.2, of8h: 95.023 },
  { guest: 'container A', percent: 96.951, downtime: 1317.2, perFailure: 164.6, of8h: 95.426 },
  { guest: 'container A', percent: 94.513, downtime: 2370.4, perFailure: 296.3, of8h: 91.77 },
  { guest: 'container B', percent: 96.925, downtime: 1328.4, perFailure: 166.1, of8h: 95.387 },
  { guest: 'container B', percent: 94.631, downtime: 2319.4, perFailure: 289.9, of8h: 91.947 },
  { guest: 'VM A', percent: 97.581, downtime: 1045.0, perFailure: 130.6, of8h: 96.372 },
  { guest: 'VM A', percent: 97.733, downtime: 979.3, perFailure: 122.4, of8h: 96.6 },
  { guest: 'VM B', percent: 98.266, downtime: 749.1, perFailure: 93.6, of8h: 97.399 },
  { guest: 'VM B', percent: 98.453, downtime: 668.3, perFailure: 83.5, of8h: 97.68 },
]

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('the published availabilities, recomputed', () => {
  it.each(published)(
    '$guest at $percent % was down $downtime s',
    ({ percent, downtime, perFailure, of8h }) => {
      const seconds = downtimeSecondsOf(percent, 43_200)
      expect(seconds.toFixed(1)).toBe(downtime.toFixed(1))
      expect((seconds / 8).toFixed(1)).toBe(perFailure.toFixed(1))
      expect((100 * (1 - seconds / 28_800)).toFixed(3)).toBe(of8h.toFixed(3))
    },
  )

  it.each([
    ['container A', 3, 96.049, 1707.0, 213.4],
    ['container B', 2, 95.778, 1823.9, 228.0],
    ['VM A', 2, 97.657, 1012.2, 126.5],
    ['VM B', 2, 98.36, 708.7, 88.6],
    ['container', 5, 95.94, 1753.7, 219.2],
    ['VM', 4, 98.008, 860.4, 107.6],
  ])('%s: the mean of %i runs', (group, count, percent, downtime, perFailure) => {
    const percents = published.filter(({ guest }) => guest.startsWith(group)).map((row) => row.percent)
    const seconds = mean(percents.map((value) => downtimeSecondsOf(value, 43_200)))
    expect(percents).toHaveLength(count)
    // Half a unit of the last printed digit, because one mean lies exactly between two digits.
    expect(Math.abs(mean(percents) - percent)).toBeLessThan(0.000501)
    expect(Math.abs(seconds - downtime)).toBeLessThan(0.0501)
    expect(Math.abs(seconds / 8 - perFailure)).toBeLessThan(0.0501)
  })

  it('prints no decimal the probes cannot carry', () => {
    expect(meaningfulDecimals(1000, 43_200_000)).toBe(2)
    expect(meaningfulDecimals(100, 43_200_000)).toBe(3)
    expect(meaningfulDecimals(1000, 300_000)).toBe(0)
  })
})

describe('statistics of few values', () => {
  it('are those of R and numpy (type 7)', () => {
    const oneToTen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    expect(quantile(oneToTen, 0.9)).toBeCloseTo(9.1, 12)
    expect(quantile(oneToTen, 0.25)).toBeCloseTo(3.25, 12)
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeUndefined()
  })
})
