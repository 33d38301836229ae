import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordSet } from './record-set.ts'

const range = fc
  .tuple(fc.nat({ max: 40 }), fc.nat({ max: 12 }))
  .map(([from, length]) => ({ from, to: from + length }))
const ranges = fc.array(range, { maxLength: 8 })

function setOf(parts: readonly { from: number; to: number }[]): RecordSet {
  return parts.reduce<RecordSet>((sum, part) => sum.with(part), RecordSet.empty)
}

function numbersOf(set: RecordSet): number[] {
  return set.ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index))
}

function plainSet(parts: readonly { from: number; to: number }[]): Set<number> {
  return new Set(
    parts.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
  )
}

function inOrder(numbers: Iterable<number>): number[] {
  return [...numbers].sort((one, other) => one - other)
}

describe('a set of records', () => {
  it('holds what was added, in few ranges', () => {
    fc.assert(
      fc.property(ranges, (parts) => {
        const set = setOf(parts)
        expect(numbersOf(set)).toEqual(inOrder(plainSet(parts)))
        for (const [index, { from }] of set.ranges.entries())
          if (index > 0) expect(from).toBeGreaterThan(set.ranges[index - 1]?.to ?? Number.NaN)
      }),
    )
  })

  it('joins and subtracts as sets of numbers do', () => {
    fc.assert(
      fc.property(ranges, ranges, (one, other) => {
        const [plainOne, plainOther] = [plainSet(one), plainSet(other)]
        expect(numbersOf(setOf(one).union(setOf(other)))).toEqual(
          inOrder(new Set([...plainOne, ...plainOther])),
        )
        const difference = setOf(one).without(setOf(other))
        const left = [...plainOne].filter((number) => !plainOther.has(number))
        expect(numbersOf(difference)).toEqual(inOrder(left))
        expect(difference.count).toBe(left.length)
      }),
    )
  })
})
