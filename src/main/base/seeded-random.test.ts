import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hash, nextXoshiro128StarStar, seededRandom } from './seeded-random.ts'

const seeds = fc.integer({ min: 0, max: 4_294_967_295 })
const draw = (count: number, next: () => number) => Array.from({ length: count }, next)

describe('the published algorithms', () => {
  it('xoshiro128** gives the outputs of the reference implementation for the state 1, 2, 3, 4', () => {
    const state: [number, number, number, number] = [1, 2, 3, 4]
    expect(draw(10, () => nextXoshiro128StarStar(state))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ])
  })

  it('MurmurHash3_x86_32 gives its published values', () => {
    const of = (text: string, seed: number) => hash(new TextEncoder().encode(text), seed)
    expect(of('', 0)).toBe(0)
    expect(of('', 1)).toBe(0x514e28b7)
    expect(of('', 0xffffffff)).toBe(0x81f16f39)
    expect(of('test', 0x9747b28c)).toBe(0x704b81dc)
    expect(of('Hello, world!', 0x9747b28c)).toBe(0x24884cba)
    expect(of('aaa', 0x9747b28c)).toBe(0x283e0130)
  })
})

describe('seededRandom', () => {
  it('keeps its sequences for ever, since run files are repeated from their seeds', () => {
    const random = seededRandom(1)
    expect(draw(4, () => random.int(1000))).toMatchInlineSnapshot(`
      [
        158,
        751,
        871,
        829,
      ]
    `)
    expect(random.fraction()).toMatchInlineSnapshot(`0.4705824180198359`)
    expect(seededRandom(1).fork('probes').int(1_000_000)).toMatchInlineSnapshot(`251008`)
  })

  it('draws integers in range', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4_294_967_296 }), (seed, max) => {
        const drawn = seededRandom(seed).int(max)
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < max).toBe(true)
      }),
    )
  })

  it('draws fractions in [0, 1) and numbers between their bounds', () => {
    const bound = fc.double({ min: -1e9, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(seeds, bound, bound, (seed, a, b) => {
        const random = seededRandom(seed)
        const fraction = random.fraction()
        expect(fraction >= 0 && fraction < 1).toBe(true)
        const [min, max] = [Math.min(a, b), Math.max(a, b)]
        const drawn = random.between(min, max)
        expect(drawn >= min && (drawn < max || min === max)).toBe(true)
      }),
    )
  })

  it('has no favourite among three', () => {
    const random = seededRandom(7)
    const counts = [0, 0, 0]
    for (let count = 0; count < 30_000; count++) {
      const drawn = random.int(3)
      counts[drawn] = (counts[drawn] ?? 0) + 1
    }
    // Five standard deviations of a binomial with n = 30000, p = 1/3.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(410)
  })

  it('gives a fork that depends on seed and label, not on what was drawn before', () => {
    fc.assert(
      fc.property(seeds, fc.string(), fc.nat({ max: 50 }), (seed, label, draws) => {
        const fresh = seededRandom(seed).fork(label)
        const used = seededRandom(seed)
        for (let count = 0; count < draws; count++) used.fraction()
        const fork = used.fork(label)
        expect(draw(5, () => fork.fraction())).toEqual(draw(5, () => fresh.fraction()))
      }),
    )
  })

  it('gives forks of different labels, and the parent, different sequences', () => {
    fc.assert(
      fc.property(seeds, fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 5 }), (seed, labels) => {
        const parent = seededRandom(seed)
        const sources = [parent, ...labels.map((label) => parent.fork(label))]
        const beginnings = sources.map((source) => draw(4, () => source.fraction()).join())
        expect(new Set(beginnings).size).toBe(sources.length)
      }),
    )
  })
})
