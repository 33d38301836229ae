/** Samples of one series on their way to the worker: columns of consecutive ticks. */
import type { Sample } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import { ticksPerChunk } from './sample-codec.ts'
import type { WriterOperation } from './writer-protocol.ts'

/** Just under 36 minutes; nothing a probe measures is longer, an observer that slept may be. */
const maxInt32 = 2_147_483_647

const bytesPerSample = 2 * Int32Array.BYTES_PER_ELEMENT + 1

/** The first `count` samples of a chunk laid out in one buffer: all lateness, all round trips, all outcomes. */
export function columnsIn(buffer: ArrayBuffer, firstTick: number, count: number): SampleColumns {
  const columnBytes = ticksPerChunk * Int32Array.BYTES_PER_ELEMENT
  return {
    firstTick,
    latenessUs: new Int32Array(buffer, 0, count),
    rttUs: new Int32Array(buffer, columnBytes, count),
    outcome: new Uint8Array(buffer, 2 * columnBytes, count),
  }
}

export class SampleBuffer {
  readonly #series: number
  #firstTick = 0
  #count = 0
  /** Samples from the first one to the end of its chunk. */
  #room = ticksPerChunk
  readonly #columns = new ArrayBuffer(bytesPerSample * ticksPerChunk)
  readonly #latenessUs: Int32Array
  readonly #rttUs: Int32Array
  readonly #outcome: Uint8Array

  constructor(series: number) {
    this.#series = series
    const { latenessUs, rttUs, outcome } = columnsIn(this.#columns, 0, ticksPerChunk)
    this.#latenessUs = latenessUs
    this.#rttUs = rttUs
    this.#outcome = outcome
  }

  get isFull(): boolean {
    return this.#count === this.#room
  }

  /** Whether a sample of this tick can be added without a gap. */
  follows(tick: number): boolean {
    return this.#count === 0 || tick === this.#firstTick + this.#count
  }

  add(sample: Sample): void {
    if (this.#count === 0) {
      this.#firstTick = sample.tick
      this.#room = ticksPerChunk - (sample.tick % ticksPerChunk)
    }
    this.#latenessUs[this.#count] = wholeMicroseconds(sample.latenessUs)
    this.#rttUs[this.#count] = wholeMicroseconds(sample.rttUs)
    this.#outcome[this.#count] = sample.outcome
    this.#count++
  }

  /** What is in the buffer, which is empty afterwards. */
  take(): WriterOperation | undefined {
    if (this.#count === 0) return undefined
    const operation: WriterOperation = {
      kind: 'samples',
      series: this.#series,
      firstTick: this.#firstTick,
      count: this.#count,
      columns: this.#columns.slice(0),
    }
    this.#count = 0
    return operation
  }
}

function wholeMicroseconds(value: number): number {
  return Math.max(-maxInt32, Math.min(maxInt32, Math.round(value)))
}
