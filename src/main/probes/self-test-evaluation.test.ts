import { describe, expect, it } from 'vitest'
import { type OutcomeCode, outcomes, type Series } from '../../shared/domain/sample.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { evaluateGroup, evaluateTiming, type WatchedService } from './self-test-evaluation.ts'
import { planSelfTest } from './self-test-plan.ts'

const intervalMs = 100
const group = { kind: 'tcp', fault: 'refused', intervalMs, lengthSeconds: 0.35 } as const

/** A service whose samples are what `judge` says of their send times. */
function watch(
  truth: WatchedService['truth'],
  judge: (sentMs: number) => OutcomeCode,
  originMs = 37,
): WatchedService {
  const series: Series = {
    index: 0,
    kind: 'tcp',
    subject: 'responder-0',
    address: '127.0.0.1:20000',
    intervalMs,
    deadlineMs: 800,
    originMs,
  }
  const count = Math.ceil(((truth.at(-1)?.toMs ?? 0) + 600) / intervalMs)
  const outcome = Uint8Array.from({ length: count }, (_, tick) => judge(originMs + tick * intervalMs))
  return {
    series,
    truth,
    columns: {
      firstTick: 0,
      outcome,
      latenessUs: new Int32Array(count).fill(400),
      rttUs: Int32Array.from(outcome, (code) => (code === outcomes.ok ? 150 : 0)),
    },
  }
}

/** 200 outages of 0.35 s at random phase. */
const random = seededRandom(11)
const truth: { fromMs: number; toMs: number }[] = []
for (let count = 0, atMs = 0; count < 200; count++) {
  const fromMs = atMs + random.between(700, 1200)
  atMs = fromMs + 350
  truth.push({ fromMs, toMs: atMs })
}
const isDown = (atMs: number) => truth.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
const perfect = (sentMs: number) => (isDown(sentMs) ? outcomes['bad:refused'] : outcomes.ok)

describe('evaluateGroup', () => {
  it('finds a perfect probe unbiased, with the spread that theory gives', () => {
    const row = evaluateGroup(group, [watch(truth, perfect)])
    expect(row).toMatchObject({ injected: 200, seen: 200, censored: 0, covered: 200, passed: true })
    expect(Math.abs(row.biasSeconds ?? 1)).toBeLessThan(0.012)
    expect(row.expectedSpreadSeconds).toBeCloseTo(0.05, 6)
    expect(row.spreadSeconds).toBeGreaterThan(0.04)
    expect(row.spreadSeconds).toBeLessThan(0.055)
  })

  it('finds the bias of a probe that is answered when it should not be', () => {
    // As with a deadline beyond a repeated SYN: what was sent in the last 150 ms of an outage is answered after it.
    const healed = (sentMs: number) =>
      isDown(sentMs) && isDown(sentMs + 150) ? outcomes['bad:timeout'] : outcomes.ok
    const row = evaluateGroup(group, [watch(truth, healed)])
    expect(row.biasSeconds).toBeLessThan(-0.13)
    expect(row.biasSeconds).toBeGreaterThan(-0.17)
    expect(row.passed).toBe(false)
    expect(row.covered).toBeLessThan(200)
  })

  it('counts outages that nothing saw as measured zero, and as unseen', () => {
    const row = evaluateGroup(group, [watch(truth.slice(0, 4), () => outcomes.ok)])
    expect(row).toMatchObject({ injected: 4, seen: 0, covered: 0, passed: false })
    expect(row.biasSeconds).toBeCloseTo(-0.35, 9)
  })

  it('leaves outages with a void sample out, and has no bias when none is left', () => {
    const [first] = truth
    const judge = (sentMs: number) => {
      const isVoid = first !== undefined && sentMs >= first.fromMs + 100 && sentMs < first.fromMs + 200
      return isVoid ? outcomes['void:missed'] : perfect(sentMs)
    }
    expect(evaluateGroup(group, [watch(truth.slice(0, 5), judge)])).toMatchObject({
      injected: 5,
      censored: 1,
    })
    const onlyFirst = evaluateGroup(group, [watch(truth.slice(0, 1), judge)])
    expect(onlyFirst).toMatchObject({ injected: 1, censored: 1, biasSeconds: null, passed: false })
  })
})

describe('evaluateTiming', () => {
  it('counts void samples and outages that were never injected', () => {
    const [first] = truth
    const judge = (sentMs: number) => {
      if (sentMs < 200) return outcomes['void:missed']
      const isSpurious = first !== undefined && sentMs > first.toMs + 300 && sentMs < first.toMs + 450
      return isSpurious ? outcomes['bad:timeout'] : perfect(sentMs)
    }
    const timing = evaluateTiming({ kind: 'tcp', intervalMs }, [watch(truth.slice(0, 3), judge)])
    expect(timing).toMatchObject({ void: 2, spurious: 1, latenessP50Ms: 0.4, rttP50Ms: 0.15 })
  })
})

describe('planSelfTest', () => {
  const input = {
    services: [
      { kind: 'tcp', fault: 'refused' },
      { kind: 'http', fault: 'silent' },
    ] as const,
    lengthsSeconds: [0.3, 5],
    repeats: 12,
    longestIntervalMs: 100,
  }
  const plan = planSelfTest(input, seededRandom(1))

  it('gives every service and length its outages, within half a minute', () => {
    for (const service of input.services)
      for (const lengthSeconds of input.lengthsSeconds) {
        const own = plan.filter((one) => one.kind === service.kind && one.lengthSeconds === lengthSeconds)
        expect(own.flatMap(({ outages }) => outages)).toHaveLength(12)
      }
    const ends = plan.map(({ outages }) => outages.at(-1)?.toMs ?? 0)
    expect(Math.max(...ends)).toBeLessThan(25_000)
  })

  it('pauses long enough between outages and meets every phase of the schedule', () => {
    const phases: number[] = []
    for (const { outages } of plan) {
      let endMs = 0
      for (const { fromMs, toMs } of outages) {
        expect(fromMs - endMs).toBeGreaterThanOrEqual(700)
        phases.push((fromMs % 100) / 100)
        endMs = toMs
      }
    }
    for (let tenth = 0; tenth < 5; tenth++)
      expect(phases.filter((phase) => phase >= tenth / 5 && phase < (tenth + 1) / 5).length).toBeGreaterThan(
        3,
      )
  })

  it('repeats itself for the same seed only', () => {
    expect(planSelfTest(input, seededRandom(1))).toEqual(plan)
    expect(planSelfTest(input, seededRandom(2))).not.toEqual(plan)
  })
})
