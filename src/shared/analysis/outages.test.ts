import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnSamples, memorySamples } from '../../main/testing/memory-samples.ts'
import { outcomeClassOf, outcomes, type Sample, type Series } from '../domain/sample.ts'
import { availabilityOf } from './availability.ts'
import { type Episode, scanSeries } from './outages.ts'

const oncePerSecond: Series = {
  index: 0,
  kind: 'icmp',
  subject: 'vm:101',
  address: '192.0.2.10',
  intervalMs: 1000,
  deadlineMs: 900,
  originMs: 0,
}

function scan(drawing: string, hysteresis?: Parameters<typeof scanSeries>[3]) {
  const window = { fromMs: 0, toMs: drawing.length * 1000 }
  return scanSeries(memorySamples([drawnSamples(drawing)]), oncePerSecond, window, hysteresis)
}

function bounds(episodes: readonly Episode[]): readonly (readonly number[])[] {
  return episodes.map(({ firstBadMs, lowMs, highMs }) => [firstBadMs, lowMs, highMs])
}

describe('downtime episodes', () => {
  it('lie between what was seen to be down and what was not seen to be up', () => {
    expect(bounds(scan('...xxxxx....').episodes)).toEqual([[3000, 4000, 6000]])
    expect(bounds(scan('..x..xx..').episodes)).toEqual([
      [2000, 0, 2000],
      [5000, 1000, 3000],
    ])
    expect(scan('..........').episodes).toEqual([])
  })

  it('use the moments of the sends, not of the schedule', () => {
    const samples = drawnSamples('..xx..').map((sample) => ({
      ...sample,
      latenessUs: [0, 100_000, 250_000, 0, 500_000, 0][sample.tick] ?? 0,
    }))
    const { episodes } = scanSeries(memorySamples([samples]), oncePerSecond, { fromMs: 0, toMs: 6000 })
    expect(episodes[0]).toMatchObject({
      lastGoodMs: 1100,
      firstBadMs: 2250,
      lastBadMs: 3000,
      firstGoodMs: 4500,
    })
  })

  it('count a late answer as bad at the moment it was asked for', () => {
    expect(bounds(scan('..lx..').episodes)).toEqual([[2000, 1000, 3000]])
    expect(scan('..lx..').counts).toEqual({ ok: 4, late: 1, bad: 1, void: 0 })
  })

  it('are censored where they touch void time or an end of the window', () => {
    expect(scan('..xx?..').episodes).toMatchObject([{ censored: true, lowMs: 1000, highMs: 4000 }])
    expect(scan('..x?x..').episodes).toMatchObject([{ censored: true, lowMs: 1000, highMs: 4000 }])
    expect(scan('..?xx..').episodes).toMatchObject([{ censored: true, lowMs: 1000, highMs: 4000 }])
    expect(scan('xx...').episodes).toMatchObject([{ censored: true, lastGoodMs: null, highMs: 2000 }])
    expect(scan('...xx').episodes).toMatchObject([{ censored: true, firstGoodMs: null, highMs: 3000 }])
    expect(scan('..?..x..?..').episodes).toMatchObject([{ censored: false, lowMs: 0, highMs: 2000 }])
  })

  it('open and close as late as the hysteresis asks', () => {
    expect(bounds(scan('.x.xx..x..', { badToOpen: 2, goodToClose: 1 }).episodes)).toEqual([
      [3000, 1000, 3000],
    ])
    expect(bounds(scan('..xx.xx...', { badToOpen: 1, goodToClose: 2 }).episodes)).toEqual([
      [2000, 4000, 6000],
    ])
  })

  it('are found across chunks, and where a whole chunk is good or lost', () => {
    const drawing = `${'.'.repeat(299)}x${'x'.repeat(700)}${'.'.repeat(1500)}x${'.'.repeat(40)}`
    expect(bounds(scan(drawing).episodes)).toEqual([
      [299_000, 700_000, 702_000],
      [2_500_000, 0, 2000],
    ])
  })

  it('are cut out of a longer series by the window, with ticks due in it and no others', () => {
    const series = { ...oncePerSecond, originMs: 250 }
    const source = memorySamples([drawnSamples('xx...xx...xx')])
    const { expected, counts, episodes } = scanSeries(source, series, { fromMs: 3000, toMs: 9250 })
    expect({ expected, counts }).toEqual({ expected: 6, counts: { ok: 4, late: 0, bad: 2, void: 0 } })
    expect(bounds(episodes)).toEqual([[5250, 1000, 3000]])
  })

  it('treat ticks without a sample as void', () => {
    const source = memorySamples([drawnSamples('......')])
    const { expected, counts } = scanSeries(source, oncePerSecond, { fromMs: 0, toMs: 10_000 })
    expect({ expected, counts }).toEqual({ expected: 10, counts: { ok: 6, late: 0, bad: 0, void: 4 } })
  })

  it('hold an outage of any length and phase between their bounds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 2.1, max: 300, noNaN: true }),
        fc.double({ min: 0, max: 500, noNaN: true }),
        (lengthSeconds, startSeconds) => {
          const samples: Sample[] = Array.from({ length: 900 }, (_, tick) => {
            const isDown = tick >= startSeconds && tick < startSeconds + lengthSeconds
            return {
              tick,
              latenessUs: 0,
              rttUs: isDown ? 0 : 900,
              outcome: isDown ? outcomes['bad:timeout'] : 0,
            }
          })
          const window = { fromMs: 0, toMs: 900_000 }
          const { episodes } = scanSeries(memorySamples([samples]), oncePerSecond, window)
          expect(episodes).toHaveLength(1)
          const [{ lowMs, highMs, badSamples } = { lowMs: 0, highMs: 0, badSamples: 0 }] = episodes
          expect(lowMs).toBeLessThanOrEqual(lengthSeconds * 1000)
          if (startSeconds > 0) expect(highMs).toBeGreaterThanOrEqual(lengthSeconds * 1000)
          if (startSeconds > 0) expect((lowMs + highMs) / 2).toBe(badSamples * 1000)
        },
      ),
    )
  })

  it('agree with a plain reading of the samples, whatever they are', () => {
    const drawing = fc
      .array(fc.tuple(fc.constantFrom('.', '.', '.', 'x', 'l', 'r', '?'), fc.integer({ min: 1, max: 700 })), {
        maxLength: 12,
      })
      .map((runs) => runs.map(([character, length]) => character.repeat(length)).join(''))
    fc.assert(
      fc.property(
        drawing,
        fc.integer({ min: 0, max: 900 }),
        fc.integer({ min: 0, max: 4000 }),
        (text, from, length) => {
          const samples = drawnSamples(text, 1500)
          const window = { fromMs: from * 1000, toMs: (from + length) * 1000 }
          const found = scanSeries(memorySamples([samples]), oncePerSecond, window)
          const inside = samples.slice(from, from + length)
          expect(bounds(found.episodes)).toEqual(plainEpisodes(inside, window.fromMs, window.toMs))
          const { ok, late, bad } = found.counts
          const classes = inside.map(({ outcome }) => outcomeClassOf(outcome))
          expect([ok, late, bad]).toEqual(
            ['ok', 'late', 'bad'].map((kind) => classes.filter((found) => found === kind).length),
          )
          expect(ok + late + bad + found.counts.void).toBe(found.expected)
        },
      ),
    )
  })
})

/** Episodes read sample by sample: [first bad, lower bound, upper bound]. */
function plainEpisodes(
  samples: readonly Sample[],
  fromMs: number,
  toMs: number,
): readonly (readonly number[])[] {
  const sent = ({ tick, latenessUs }: Sample) => tick * 1000 + latenessUs / 1000
  const episodes: number[][] = []
  let index = 0
  while (index < samples.length) {
    const isBad = (sample: Sample | undefined) =>
      sample !== undefined && ['bad', 'late'].includes(outcomeClassOf(sample.outcome))
    if (!isBad(samples[index])) {
      index++
      continue
    }
    const isGood = ({ outcome }: Sample) => outcome === outcomes.ok
    const before = samples.slice(0, index).findLast(isGood)
    const rest = samples.slice(index)
    const goodAt = rest.findIndex(isGood)
    const during = goodAt < 0 ? rest : rest.slice(0, goodAt)
    const bad = during.filter(isBad)
    const [first, last] = [bad[0], bad.at(-1)]
    if (!first || !last) throw new Error('an episode has a bad sample')
    const inner = during.filter(({ tick, outcome }) => tick < last.tick && outcomeClassOf(outcome) === 'void')
    const after = goodAt < 0 ? undefined : rest[goodAt]
    episodes.push([
      sent(first),
      Math.max(0, sent(last) - sent(first) - inner.length * 1000),
      Math.max(0, (after ? sent(after) : toMs) - (before ? sent(before) : fromMs)),
    ])
    index += during.length
  }
  return episodes
}

describe('availability', () => {
  const of = (drawing: string) => availabilityOf(scan(drawing))

  it('weighs time, and leaves void time out of numerator and denominator', () => {
    const drawing = `${'.'.repeat(500)}${'x'.repeat(100)}${'.'.repeat(395)}?????`
    const { percent, lowPercent, highPercent, voidMs, downtimeMs } = of(drawing)
    expect(voidMs).toBe(5000)
    expect(downtimeMs).toBe(100_000)
    expect(percent).toBeCloseTo(100 * (1 - 100 / 995), 9)
    expect(lowPercent).toBeCloseTo(100 * (1 - 101 / 995), 9)
    expect(highPercent).toBeCloseTo(100 * (1 - 99 / 995), 9)
  })

  it('does not change when void time is added to an idle stretch', () => {
    const before = of(`${'.'.repeat(5000)}${'x'.repeat(50)}${'.'.repeat(4950)}`)
    const after = of(
      `${'.'.repeat(3000)}${'?'.repeat(90)}${'.'.repeat(1910)}${'x'.repeat(50)}${'.'.repeat(4950)}`,
    )
    expect(after.downtimeMs).toBe(before.downtimeMs)
    expect(Math.abs((after.percent ?? 0) - (before.percent ?? 0))).toBeLessThan(0.005)
  })

  it('refuses a percentage when more than one percent is void', () => {
    expect(of(`${'.'.repeat(990)}${'?'.repeat(10)}`).percent).toBe(100)
    expect(of(`${'.'.repeat(989)}${'?'.repeat(11)}`)).toMatchObject({
      percent: null,
      lowPercent: null,
      highPercent: null,
      voidMs: 11_000,
    })
  })

  it('prints the papers’ form beside it: one interval for each lost probe, void counted as up', () => {
    expect(of(`${'.'.repeat(96)}xxl?`).paperPercent).toBeCloseTo(97, 9)
  })

  it('stays within its bounds and between 0 and 100 for any samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('.', 'x', 'l', '?'), { minLength: 1, maxLength: 900 }),
        (drawing) => {
          const { percent, lowPercent, highPercent } = of(drawing.join(''))
          if (percent === null || lowPercent === null || highPercent === null) return
          expect(lowPercent).toBeGreaterThanOrEqual(0)
          expect(lowPercent).toBeLessThanOrEqual(percent)
          expect(percent).toBeLessThanOrEqual(highPercent)
          expect(highPercent).toBeLessThanOrEqual(100)
        },
      ),
    )
  })
})
