/** Sample runs as one array of integers, so that a batch crosses the thread border without copying. */
import { type OutcomeCode, outcomeNameOf } from '../../shared/domain/sample.ts'
import type { SampleRun } from './probe-lane.ts'

const fieldsPerRun = 6
/** Runs a new batch has room for: 60 series at 10 Hz for a tenth of a second. */
const firstCapacity = 64

export class SampleBatch {
  #fields = new Int32Array(fieldsPerRun * firstCapacity)
  #length = 0

  push({ position, tick, count, latenessUs, rttUs, outcome }: SampleRun): void {
    if (this.#length === this.#fields.length) {
      const larger = new Int32Array(2 * this.#fields.length)
      larger.set(this.#fields)
      this.#fields = larger
    }
    this.#fields.set([position, tick, count, latenessUs, rttUs, outcome], this.#length)
    this.#length += fieldsPerRun
  }

  /** What was pushed since the last call, to be given away; undefined when nothing was. */
  take(): Int32Array<ArrayBuffer> | undefined {
    if (this.#length === 0) return undefined
    const taken = this.#fields.slice(0, this.#length)
    this.#length = 0
    return taken
  }
}

export function* runsOf(batch: Int32Array): Generator<SampleRun> {
  for (let index = 0; index + fieldsPerRun <= batch.length; index += fieldsPerRun) {
    const [position = 0, tick = 0, count = 0, latenessUs = 0, rttUs = 0, code = 0] = batch.subarray(
      index,
      index + fieldsPerRun,
    )
    if (outcomeNameOf(code) === undefined) throw new Error(`sample batch: unknown outcome ${code}`)
    yield { position, tick, count, latenessUs, rttUs, outcome: code as OutcomeCode }
  }
}
