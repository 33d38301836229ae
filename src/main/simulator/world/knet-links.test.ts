import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { pingsUntilTwoInRow } from './knet-links.ts'

function meanOf(probability: number, draws: number): number {
  const random = seededRandom(3)
  let sum = 0
  for (let draw = 0; draw < draws; draw++) sum += pingsUntilTwoInRow(probability, random)
  return sum / draws
}

describe('the number of pings until two in a row are alike', () => {
  it.each([0.9, 0.5, 0.2, 0.06, 0.055, 0.01])(
    'has the mean of the exact distribution at %d',
    (probability) => {
      const exact = (1 + probability) / probability ** 2
      const mean = meanOf(probability, 4000)
      expect(Math.abs(mean - exact) / exact).toBeLessThan(0.06)
    },
  )

  it('is two when nothing else can happen, and finite when it hardly ever happens', () => {
    expect(pingsUntilTwoInRow(1, seededRandom(1))).toBe(2)
    expect(pingsUntilTwoInRow(1e-9, seededRandom(1))).toBeLessThanOrEqual(1e9)
  })
})
