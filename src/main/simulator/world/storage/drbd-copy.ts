import { type RecordRange, RecordSet } from './record-set.ts'

/** How two copies stand to each other when they meet, by the marks of their data generations. */
export type Meeting = 'same' | 'first-newer' | 'second-newer' | 'split-brain'

/**
 * One of the two copies of a DRBD resource. A copy that is written without the other begins a new data
 * generation; from the generations both find out who of them is behind, or that both went on alone.
 */
export class DrbdCopy {
  readonly node: string
  content = RecordSet.empty
  /** Half a resync is of no use to anybody. */
  isInconsistent = false
  /** What it wrote last may not have arrived at the other: its node died in use, or the link broke. */
  mayBeAhead = false
  /** Records were still on their way to it when the other copy went away. */
  missedInFlight = false
  #generation = 0
  #ancestors: ReadonlySet<number> = new Set()

  constructor(node: string) {
    this.node = node
  }

  keep(records: RecordRange): void {
    this.content = this.content.with(records)
  }

  /** These were on their way and have not arrived. */
  miss(ranges: readonly RecordRange[]): void {
    if (ranges.length > 0) this.missedInFlight = true
    for (const range of ranges) this.content = this.content.without(RecordSet.empty.with(range))
  }

  /** It goes on without the other copy; `generation` was never used before. */
  beginGeneration(generation: number): void {
    this.#ancestors = new Set([...this.#ancestors, this.#generation])
    this.#generation = generation
    this.mayBeAhead = false
  }

  /** It is as the other copy is now. */
  becomeLike(other: DrbdCopy): void {
    this.content = other.content
    this.#generation = other.#generation
    this.#ancestors = other.#ancestors
    this.isInconsistent = false
    this.missedInFlight = false
    this.mayBeAhead = false
    other.mayBeAhead = false
  }

  meet(other: DrbdCopy): Meeting {
    if (this.isInconsistent !== other.isInconsistent)
      return this.isInconsistent ? 'second-newer' : 'first-newer'
    if (this.#generation === other.#generation) {
      if (this.mayBeAhead !== other.mayBeAhead) return this.mayBeAhead ? 'first-newer' : 'second-newer'
      return 'same'
    }
    if (other.#ancestors.has(this.#generation)) return 'second-newer'
    if (this.#ancestors.has(other.#generation)) return 'first-newer'
    return 'split-brain'
  }
}
