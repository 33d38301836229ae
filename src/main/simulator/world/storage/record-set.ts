/** Numbered records from `from` to before `to`. */
export interface RecordRange {
  readonly from: number
  readonly to: number
}

/** A set of numbered records, as few ranges in order. Immutable: a snapshot of a disk is the set itself. */
export class RecordSet {
  static readonly empty = new RecordSet([])
  readonly ranges: readonly RecordRange[]

  private constructor(ranges: readonly RecordRange[]) {
    this.ranges = ranges
  }

  /** All records before `to`. */
  static upTo(to: number): RecordSet {
    return RecordSet.empty.with({ from: 0, to })
  }

  get count(): number {
    return countOf(this.ranges)
  }

  with(added: RecordRange): RecordSet {
    if (added.to <= added.from) return this
    const before = this.ranges.filter(({ to }) => to < added.from)
    const after = this.ranges.filter(({ from }) => from > added.to)
    const touching = this.ranges.slice(before.length, this.ranges.length - after.length)
    const from = Math.min(added.from, touching[0]?.from ?? added.from)
    const to = Math.max(added.to, touching.at(-1)?.to ?? added.to)
    return new RecordSet([...before, { from, to }, ...after])
  }

  union(other: RecordSet): RecordSet {
    return other.ranges.reduce<RecordSet>((sum, range) => sum.with(range), this)
  }

  /** What of this is not in `other`. */
  without(other: RecordSet): RecordSet {
    const left: RecordRange[] = []
    for (const { from, to } of this.ranges) {
      let next = from
      for (const taken of other.ranges) {
        if (taken.to <= next || taken.from >= to) continue
        if (taken.from > next) left.push({ from: next, to: taken.from })
        next = Math.max(next, taken.to)
      }
      if (next < to) left.push({ from: next, to })
    }
    return left.length === 0 ? RecordSet.empty : new RecordSet(left)
  }
}

export function countOf(ranges: readonly RecordRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** A record is a block of 4 KiB. */
const recordKiB = 4

export function recordsMiB(count: number): number {
  return (count * recordKiB) / 1024
}
