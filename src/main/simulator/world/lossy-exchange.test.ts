import { describe, expect, it } from 'vitest'
import type { ProbeKind } from '../../../shared/domain/plan.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { probeDelayMs, questionDelayMs } from './lossy-exchange.ts'

const path = { latencyMs: 0, loss: 0, bandwidthMbps: 1000 }
const never = () => {
  throw new Error('nothing is drawn on a path without loss')
}

function answeredShare(kind: ProbeKind, loss: number): number {
  const random = seededRandom(9)
  let answered = 0
  for (let probe = 0; probe < 20_000; probe++)
    if (probeDelayMs(kind, { ...path, loss }, 900, () => random.fraction()) !== undefined) answered += 1
  return answered / 20_000
}

describe('a probe over a path', () => {
  it.each([
    ['icmp', 40],
    ['tcp', 40],
    ['http', 80],
  ] as const)('%s takes its round trips longer where there is latency', (kind, delayMs) => {
    expect(probeDelayMs(kind, { ...path, latencyMs: 20 }, 900, never)).toBe(delayMs)
  })

  it('has no answer in time when its round trips take longer than its deadline', () => {
    expect(probeDelayMs('icmp', { ...path, latencyMs: 451 }, 900, never)).toBeUndefined()
    expect(probeDelayMs('http', { ...path, latencyMs: 226 }, 900, never)).toBeUndefined()
  })

  it.each([0.01, 0.1, 0.4])('loses an echo or a connect with either of its packets: loss of %d', (loss) => {
    const arrives = (1 - loss) ** 2
    for (const kind of ['icmp', 'tcp'] as const)
      expect(Math.abs(answeredShare(kind, loss) - arrives)).toBeLessThan(0.015)
  })

  it('repeats a lost request of HTTP within a deadline below a second, but no lost connect', () => {
    const arrives = 0.9 ** 2
    const within900Ms = 1 - (1 - arrives) ** 3
    expect(Math.abs(answeredShare('http', 0.1) - arrives * within900Ms)).toBeLessThan(0.015)
  })

  it('meets nobody where every packet is lost', () => {
    for (const kind of ['icmp', 'tcp', 'http'] as const) expect(answeredShare(kind, 1)).toBe(0)
  })
})

describe('a question over HTTPS', () => {
  it('takes three round trips', () => {
    expect(questionDelayMs({ ...path, latencyMs: 10 }, 5000, never)).toBe(60)
  })

  it('has no answer where every packet is lost', () => {
    expect(questionDelayMs({ ...path, loss: 1 }, 5000, () => 0.5)).toBe(Number.POSITIVE_INFINITY)
  })
})
