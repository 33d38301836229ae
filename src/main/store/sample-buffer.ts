/** Samples of one series on their way to the worker: columns of consecutive ticks. */
import type { Sample } from '../../shared/domain/sample.ts'
import { ticksPerChunk } from './sample-codec.ts'
import type { WriterOperation } from './writer-protocol.ts'

/** Just under 36 minutes; nothing a probe measures is longer, an observer that slept may be. */
const maxInt32 = 2_147_483_647

export class SampleBuffer {
  readonly #series: number
  #firstTick = 0
  #count = 0
  /** Samples from the first one to the end of its chunk. */
  #room = ticksPerChunk
  #latenessUs = new Int32Array(ticksPerChunk)
  #rttUs = new Int32Array(ticksPerChunk)
  #outcome = new Uint8Array(ticksPerChunk)

  constructor(series: number) {
    this.#series = series
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
      latenessUs: this.#latenessUs.slice(0, this.#count),
      rttUs: this.#rttUs.slice(0, this.#count),
      outcome: this.#outcome.slice(0, this.#count),
    }
    this.#count = 0
    return operation
  }
}

function wholeMicroseconds(value: number): number {
  return Math.max(-maxInt32, Math.min(maxInt32, Math.round(value)))
}
