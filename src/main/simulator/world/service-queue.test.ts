import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerSeconds, refusedFraction, type ServiceQueue } from './service-queue.ts'

const capacity = fc.double({ min: 0.1, max: 1e5, noNaN: true })
const load = fc.double({ min: 0, max: 20, noNaN: true })
const chance = fc.double({ min: 0, max: 0.999_999, noNaN: true })
const places = fc.integer({ min: 1, max: 5000 })

function queueOf(capacityPerSecond: number, utilization: number, count: number): ServiceQueue {
  return { capacityPerSecond, requestsPerSecond: utilization * capacityPerSecond, places: count }
}

describe('a service under load', () => {
  it('answers no sooner and refuses no less the more is asked of it', () => {
    fc.assert(
      fc.property(capacity, load, load, places, chance, (rate, one, other, count, drawn) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((utilization) =>
          queueOf(rate, utilization, count),
        ) as [ServiceQueue, ServiceQueue]
        expect(answerSeconds(more, drawn)).toBeGreaterThanOrEqual(answerSeconds(less, drawn))
        expect(refusedFraction(more)).toBeGreaterThanOrEqual(refusedFraction(less) - 1e-9)
      }),
    )
  })

  it('refuses a part of what is asked, and answers no more than it can', () => {
    fc.assert(
      fc.property(capacity, load, places, (rate, utilization, count) => {
        const queue = queueOf(rate, utilization, count)
        const refused = refusedFraction(queue)
        expect(refused).toBeGreaterThanOrEqual(0)
        expect(refused).toBeLessThanOrEqual(1)
        expect(queue.requestsPerSecond * (1 - refused)).toBeLessThanOrEqual(rate * (1 + 1e-9))
      }),
    )
  })

  it('takes the mean of an M/M/1 queue while it keeps up', () => {
    const queue = queueOf(100, 0.9, 10_000)
    const steps = 100_000
    let sum = 0
    for (let step = 0; step < steps; step++) sum += answerSeconds(queue, (step + 0.5) / steps)
    expect(sum / steps).toBeCloseTo(1 / (100 - 90), 3)
  })

  it('refuses about what is asked too much, and lets the rest wait for a full queue', () => {
    const queue = queueOf(100, 4, 500)
    expect(refusedFraction(queue)).toBeCloseTo(0.75, 6)
    expect(answerSeconds(queue, 0.01)).toBe(5)
  })

  it('refuses alike just below and just above its capacity', () => {
    const [below, at, above] = [0.999_999, 1, 1.000_001].map((each) => refusedFraction(queueOf(50, each, 99)))
    expect(at).toBe(0.01)
    expect(below).toBeCloseTo(0.01, 4)
    expect(above).toBeCloseTo(0.01, 4)
  })
})
