import type { Sample } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'

const firstCapacity = 1024

/** Collects the samples of one series, which must come in tick order without gaps, as columns. */
export class SampleColumnBuilder {
  #firstTick = 0
  #length = 0
  #latenessUs = new Int32Array(firstCapacity)
  #rttUs = new Int32Array(firstCapacity)
  #outcome = new Uint8Array(firstCapacity)

  push({ tick, latenessUs, rttUs, outcome }: Sample): void {
    if (this.#length === 0) this.#firstTick = tick
    if (this.#length === this.#outcome.length) this.#grow()
    this.#latenessUs[this.#length] = latenessUs
    this.#rttUs[this.#length] = rttUs
    this.#outcome[this.#length] = outcome
    this.#length++
  }

  /** A view of what was collected so far; not a copy. */
  columns(): SampleColumns {
    return {
      firstTick: this.#firstTick,
      latenessUs: this.#latenessUs.subarray(0, this.#length),
      rttUs: this.#rttUs.subarray(0, this.#length),
      outcome: this.#outcome.subarray(0, this.#length),
    }
  }

  #grow(): void {
    const capacity = 2 * this.#outcome.length
    const { latenessUs, rttUs, outcome } = this.columns()
    this.#latenessUs = new Int32Array(capacity)
    this.#rttUs = new Int32Array(capacity)
    this.#outcome = new Uint8Array(capacity)
    this.#latenessUs.set(latenessUs)
    this.#rttUs.set(rttUs)
    this.#outcome.set(outcome)
  }
}
