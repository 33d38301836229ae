import { describe, expect, it } from 'vitest'
import { SystemClock } from '../../base/system-clock.ts'
import { runSweep } from './run-sweep.ts'
import { mergedReport, type SeedRange, type SweepReport, seedsOf } from './sweep-report.ts'

function rangeOf(from: number, to: number, index = 1, of = 1): SeedRange {
  return { from, to, shard: { index, of } }
}

function sweep(range: SeedRange, signal = new AbortController().signal): Promise<SweepReport> {
  return runSweep({ subject: { kind: 'campaigns' }, range, threads: 2, clock: new SystemClock(), signal })
}

function partOf(range: SeedRange, violated: readonly number[] = []): SweepReport {
  return {
    kind: 'kuorum-sweep',
    version: 1,
    appVersion: '1.2.3',
    subject: { kind: 'campaigns' },
    ranges: [range],
    courses: seedsOf(range).length,
    simulatedSeconds: 3600,
    wallSeconds: 2,
    processorSeconds: 3,
    downtimes: [],
    violations: violated.map((seed) => ({
      seed,
      invariant: 'one-holder-per-lock',
      atMs: 1000,
      subject: 'ha_manager_lock',
      observed: 'taken twice',
      command: `kuorum sim sweep --campaigns --seeds ${seed}..${seed}`,
    })),
  }
}

const codeOf = (act: () => unknown) => {
  try {
    return act()
  } catch (error) {
    return (error as { problem: unknown }).problem
  }
}

describe('seeds', () => {
  it('are divided among the shards without rest and without overlap', () => {
    for (const of of [1, 2, 3, 7, 30]) {
      const shards = Array.from({ length: of }, (_, part) => seedsOf(rangeOf(10, 29, part + 1, of)))
      expect(shards.flat().sort((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, place) => place + 10),
      )
    }
  })
})

describe('a sweep of campaigns', () => {
  it('lives through every seed once, on several threads', async () => {
    const report = await sweep(rangeOf(1, 6))
    expect(report).toMatchObject({ courses: 6, violations: [], ranges: [rangeOf(1, 6)] })
    expect(report.simulatedSeconds).toBeGreaterThanOrEqual(6 * 3600)
    expect(report.processorSeconds).toBeGreaterThan(0)
  }, 60_000)

  it('is nothing where a shard has no seeds', async () => {
    expect(await sweep(rangeOf(1, 2, 3, 3))).toMatchObject({ courses: 0, simulatedSeconds: 0 })
  })

  it('ends with a Problem when it is cancelled', async () => {
    const controller = new AbortController()
    const ended = sweep(rangeOf(1, 1000), controller.signal)
    controller.abort()
    await expect(ended).rejects.toMatchObject({ problem: { code: 'cli.cancelled' } })
  })
})

describe('parts of a sweep', () => {
  it('add up, their violations in the order of seeds', () => {
    const merged = mergedReport([
      ['b.json', partOf(rangeOf(1, 10, 2, 2), [8, 4])],
      ['a.json', partOf(rangeOf(1, 10, 1, 2), [5])],
    ])
    expect(merged).toMatchObject({ courses: 10, simulatedSeconds: 7200, wallSeconds: 4, processorSeconds: 6 })
    expect(merged.violations.map(({ seed }) => seed)).toEqual([4, 5, 8])
    expect(mergedReport([['merged.json', merged]])).toEqual(merged)
  })

  it('are refused where a seed comes twice, versions differ or a file is something else', () => {
    const part = partOf(rangeOf(1, 10))
    const merging = (other: unknown) =>
      codeOf(() =>
        mergedReport([
          ['a.json', part],
          ['b.json', other],
        ]),
      )
    expect(merging(partOf(rangeOf(10, 12)))).toMatchObject({
      code: 'sweep.seed-twice',
      params: { path: 'b.json', seed: 10 },
    })
    expect(merging({ ...partOf(rangeOf(11, 12)), appVersion: '1.2.4' })).toMatchObject({
      code: 'sweep.other-subject',
      params: { path: 'b.json', first: 'a.json' },
    })
    expect(merging({ ...part, courses: -1 })).toMatchObject({
      code: 'input.invalid-field',
      params: { source: 'b.json', field: 'courses' },
    })
    expect(merging(null)).toMatchObject({ code: 'input.invalid-field' })
  })
})
