/** The samples of one series on their way into chunk rows: filling gaps, ignoring repeats, hashing in tick order. */
import type { DatabaseSync } from 'node:sqlite'
import { summarise } from '../../shared/analysis/chunk-summary.ts'
import { outcomes } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import { chunkChecksum, SampleDigest } from './run-digest.ts'
import { chunkIdOf } from './run-file-schema.ts'
import { encodeColumns, ticksPerChunk } from './sample-codec.ts'
import { damaged, type Prepare } from './sqlite.ts'
import { decodeChunk, readChunks } from './stored-rows.ts'

export class SeriesChunks {
  readonly digest = new SampleDigest()
  readonly #database: DatabaseSync
  readonly #prepared: Prepare
  readonly #path: string
  readonly #series: number
  /** The chunk that is not full yet, and how many of its samples are valid, on disk or not. */
  readonly #latenessUs = new Int32Array(ticksPerChunk)
  readonly #rttUs = new Int32Array(ticksPerChunk)
  readonly #outcome = new Uint8Array(ticksPerChunk)
  #filled = 0
  #openFirstTick = 0
  #dirty = false
  /** Last full chunk that was read back to be compared with a repetition. */
  #compared: SampleColumns | undefined

  constructor(database: DatabaseSync, prepared: Prepare, path: string, series: number) {
    this.#database = database
    this.#prepared = prepared
    this.#path = path
    this.#series = series
  }

  /** Takes over what the file holds of this series. */
  load(): void {
    for (const chunk of readChunks(this.#database, this.#path, this.#series, 0, Infinity, true)) {
      const columns = decodeChunk(chunk, this.#path)
      if (columns.firstTick !== this.nextTick || this.#filled > 0)
        damaged(this.#path, `samples missing before chunk ${chunk.id}`)
      this.#pushFrom(columns, 0)
      this.#finishIfFull(false)
    }
    this.#dirty = false
  }

  get nextTick(): number {
    return this.#openFirstTick + this.#filled
  }

  /**
   * Adds samples; ticks that are there already must be equal, ticks left out become `void:not-recorded`.
   * Returns the first tick that differs from the stored one, if any.
   */
  add(columns: SampleColumns): number | undefined {
    while (this.nextTick < columns.firstTick) this.#pushNotRecorded()
    const { length } = columns.outcome
    const known = Math.min(length, this.nextTick - columns.firstTick)
    for (let index = 0; index < known; index++)
      if (!this.#equalsStored(columns.firstTick + index, columns, index)) return columns.firstTick + index
    for (let index = known; index < length; ) {
      index += this.#pushFrom(columns, index)
      this.#finishIfFull(true)
    }
    return undefined
  }

  /** Writes the chunk that is not full yet, if it has changed, and brings the digest up to date. */
  sync(): void {
    this.#hashOpen()
    if (this.#dirty) this.#write(this.#open())
    this.#dirty = false
  }

  /** Adds the samples from index `from` on, as many as the chunk has room for, and returns how many. */
  #pushFrom({ latenessUs, rttUs, outcome }: SampleColumns, from: number): number {
    const to = Math.min(outcome.length, from + ticksPerChunk - this.#filled)
    this.#latenessUs.set(latenessUs.subarray(from, to), this.#filled)
    this.#rttUs.set(rttUs.subarray(from, to), this.#filled)
    this.#outcome.set(outcome.subarray(from, to), this.#filled)
    this.#filled += to - from
    this.#dirty = true
    return to - from
  }

  #pushNotRecorded(): void {
    this.#latenessUs[this.#filled] = 0
    this.#rttUs[this.#filled] = 0
    this.#outcome[this.#filled] = outcomes['void:not-recorded']
    this.#filled++
    this.#dirty = true
    this.#finishIfFull(true)
  }

  #finishIfFull(write: boolean): void {
    if (this.#filled < ticksPerChunk) return
    this.#hashOpen()
    if (write) this.#write(this.#open())
    this.#openFirstTick += ticksPerChunk
    this.#filled = 0
    this.#dirty = false
  }

  #open(): SampleColumns {
    return {
      firstTick: this.#openFirstTick,
      latenessUs: this.#latenessUs.subarray(0, this.#filled),
      rttUs: this.#rttUs.subarray(0, this.#filled),
      outcome: this.#outcome.subarray(0, this.#filled),
    }
  }

  /** The digest takes each sample once, as soon as it is written or its chunk is full. */
  #hashOpen(): void {
    const hashed = this.digest.count - this.#openFirstTick
    if (hashed < this.#filled) this.digest.add(this.#open(), hashed)
  }

  #write(columns: SampleColumns): void {
    const id = chunkIdOf(this.#series, columns.firstTick)
    const summary = summarise(columns)
    const samples = encodeColumns(columns)
    this.#prepared(
      `INSERT INTO chunk (id, count, ok, late, bad, void, rtt_min_us, rtt_max_us, rtt_sum_us, checksum, samples)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET count = excluded.count, ok = excluded.ok, late = excluded.late,
           bad = excluded.bad, void = excluded.void, rtt_min_us = excluded.rtt_min_us,
           rtt_max_us = excluded.rtt_max_us, rtt_sum_us = excluded.rtt_sum_us,
           checksum = excluded.checksum, samples = excluded.samples`,
    ).run(
      id,
      summary.count,
      summary.ok,
      summary.late,
      summary.bad,
      summary.void,
      summary.rttMinUs,
      summary.rttMaxUs,
      summary.rttSumUs,
      chunkChecksum(id, summary, samples),
      samples,
    )
  }

  #equalsStored(tick: number, columns: SampleColumns, index: number): boolean {
    const stored = this.#storedChunkOf(tick)
    const at = tick - stored.firstTick
    return (
      stored.latenessUs[at] === columns.latenessUs[index] &&
      stored.rttUs[at] === columns.rttUs[index] &&
      stored.outcome[at] === columns.outcome[index]
    )
  }

  #storedChunkOf(tick: number): SampleColumns {
    if (tick >= this.#openFirstTick) return this.#open()
    const firstTick = tick - (tick % ticksPerChunk)
    if (this.#compared?.firstTick !== firstTick) {
      const [chunk] = readChunks(this.#database, this.#path, this.#series, tick, tick + 1, true)
      if (chunk === undefined) return damaged(this.#path, `no chunk for tick ${tick}`)
      this.#compared = decodeChunk(chunk, this.#path)
    }
    return this.#compared
  }
}
