import { type RecordRange, RecordSet } from './record-set.ts'

/** The pool's OSDs, as far as they have what was written when. */
export interface PoolHistory {
  readonly epoch: number
  readonly groupCount: number
  /** Groups that have lost what was written in that epoch, by number. */
  lacking(epoch: number): readonly number[]
}

/** An object of 4 MiB has that many records of 4 KiB. */
const recordsPerObject = 1024

/** The records of an image, spread over the pool's groups object by object. */
export class RbdImage {
  readonly #history: PoolHistory
  /** Which group has the first object. */
  readonly #offset: number
  readonly #written = new Map<number, RecordSet>()

  constructor(history: PoolHistory, offset: number) {
    this.#history = history
    this.#offset = offset
  }

  keep(records: RecordRange): void {
    const { epoch } = this.#history
    this.#written.set(epoch, (this.#written.get(epoch) ?? RecordSet.empty).with(records))
  }

  /** What the OSDs that serve the groups now have of it. */
  get content(): RecordSet {
    let content = RecordSet.empty
    for (const [epoch, records] of this.#written) {
      const lacking = new Set(this.#history.lacking(epoch))
      content = content.union(
        lacking.size === 0 ? records : records.without(this.#recordsIn(lacking, records)),
      )
    }
    return content
  }

  #recordsIn(groups: ReadonlySet<number>, { ranges }: RecordSet): RecordSet {
    let inside = RecordSet.empty
    for (const { from, to } of ranges)
      for (let object = Math.floor(from / recordsPerObject); object * recordsPerObject < to; object += 1)
        if (groups.has((object + this.#offset) % this.#history.groupCount))
          inside = inside.with({ from: object * recordsPerObject, to: (object + 1) * recordsPerObject })
    return inside
  }
}
