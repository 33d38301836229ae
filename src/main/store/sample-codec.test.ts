import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomes } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { decodeColumns, encodeColumns, maxChunkBytes, ticksPerChunk } from './sample-codec.ts'

const int32 = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })
const level = fc.oneof(
  int32,
  fc.integer({ min: 0, max: 3000 }),
  fc.constantFrom(0, -2_147_483_648, 2_147_483_647),
)

/** Columns that are constant, made of runs, or anything at all. */
function column(count: number, value: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  return fc.oneof(
    fc.array(value, { minLength: count, maxLength: count }),
    value.map((one) => new Array<number>(count).fill(one)),
    fc
      .array(fc.tuple(value, fc.integer({ min: 1, max: 100 })), { minLength: 1, maxLength: 8 })
      .map((runs) => {
        const values = runs.flatMap(([one, length]) => new Array<number>(length).fill(one))
        return Array.from({ length: count }, (_, index) => values[index % values.length] ?? 0)
      }),
  )
}

/** Noise above a level, as probes measure it, and all that a column may be. */
function measurements(count: number): fc.Arbitrary<number[]> {
  const noise = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: count, maxLength: count })
  const noisy = fc
    .tuple(level, noise)
    .map(([base, added]) => added.map((add) => Math.min(2_147_483_647, base + add)))
  return fc.oneof(noisy, column(count, level))
}

const columns: fc.Arbitrary<SampleColumns> = fc
  .integer({ min: 1, max: ticksPerChunk })
  .chain((count) =>
    fc.tuple(
      measurements(count),
      measurements(count),
      column(count, fc.constantFrom(...Object.values(outcomes))),
    ),
  )
  .map(([latenessUs, rttUs, outcome]) => ({
    firstTick: 600,
    latenessUs: Int32Array.from(latenessUs),
    rttUs: Int32Array.from(rttUs),
    outcome: Uint8Array.from(outcome),
  }))

describe('stored sample columns', () => {
  it('come back as they were, and never need more than the bound', () => {
    fc.assert(
      fc.property(columns, (original) => {
        const data = encodeColumns(original)
        expect(data.length).toBeLessThanOrEqual(maxChunkBytes)
        expect(decodeColumns(data, 600, original.outcome.length)).toEqual(original)
      }),
      { numRuns: 1000 },
    )
  })

  it('refuse, and never choke on, bytes that no encoder wrote', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: -5, max: 100_000 }),
        (data, count) => {
          const decoded = decodeColumns(data, 0, count)
          if (decoded) expect(decoded.outcome).toHaveLength(count)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('survive any change of valid bytes without growing', () => {
    fc.assert(
      fc.property(
        columns,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 40 }),
        (original, changes, cut) => {
          const data = encodeColumns(original).slice()
          for (const [position, byte] of changes) data[position % data.length] = byte
          const decoded = decodeColumns(data.subarray(0, data.length - cut), 0, original.outcome.length)
          if (decoded) expect(decoded.rttUs).toHaveLength(original.outcome.length)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('refuse bytes that are cut, longer, or for another number of samples', () => {
    const original = noisyColumns(100)
    const data = encodeColumns(original)
    expect(decodeColumns(data, 0, 100)).toBeDefined()
    expect(decodeColumns(data.subarray(0, data.length - 1), 0, 100)).toBeUndefined()
    expect(decodeColumns(Uint8Array.from([...data, 0]), 0, 100)).toBeUndefined()
    expect(decodeColumns(data, 0, 99)).toBeUndefined()
    expect(decodeColumns(data, 0, 101)).toBeUndefined()
    expect(decodeColumns(new Uint8Array(), 0, 1)).toBeUndefined()
  })

  it('need at most 3 bytes a sample for lateness and round trips as probes measure them', () => {
    expect(encodeColumns(noisyColumns(ticksPerChunk)).length / ticksPerChunk).toBeLessThanOrEqual(3)
  })
})

/** Log-normal lateness of 0.7 ms and round trips of 0.3 ms, with one answer in a hundred 5 ms later. */
function noisyColumns(count: number): SampleColumns {
  const random = seededRandom(7)
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
  const noise = (median: number, spread: number) => Math.round(median * Math.exp(spread * normal()))
  const rows = Array.from({ length: count }, () => ({
    latenessUs: noise(700, 0.6),
    rttUs: noise(300, 0.3) + (random.fraction() < 0.01 ? 5000 : 0),
  }))
  return {
    firstTick: 0,
    latenessUs: Int32Array.from(rows, ({ latenessUs }) => latenessUs),
    rttUs: Int32Array.from(rows, ({ rttUs }) => rttUs),
    outcome: new Uint8Array(count),
  }
}
