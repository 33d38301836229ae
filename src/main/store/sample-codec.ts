/**
 * Sample columns as few bytes. Each column is written the shortest of four ways: one value, runs of values, or
 * Golomb-Rice codes of the distance to the column's minimum or to the value before. Probe lateness and round-trip
 * times are noise of 9 to 11 bits around a level; Rice codes store that within half a bit of its entropy (2.6
 * bytes a sample, where zigzag varints and deflate need 3.3), and a decoder of them can be bounded by the number
 * of samples, which no decompressor of general data can.
 */

import { outcomeNameOf } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import { BitReader, BitWriter } from './bit-stream.ts'

/** Samples in a stored chunk. Chunks start at multiples of this, whenever they are written. */
export const ticksPerChunk = 300

/** No encoding of a full chunk is longer: three columns, each value at worst escaped (see `escapeOnes`). */
export const maxChunkBytes = 3 * (16 + Math.ceil((ticksPerChunk * 57) / 8))

const formatVersion = 1
const minInt32 = -2_147_483_648
const maxInt32 = 2_147_483_647

const modes = { constant: 0, runs: 1, offsets: 2, deltas: 3 } as const

/** A quotient of this many ones is an escape: the value follows in 32 plain bits. Bounds the cost of an outlier. */
const escapeOnes = 24

type Column = Int32Array | Uint8Array

export function encodeColumns(columns: SampleColumns): Uint8Array {
  const writer = new BitWriter()
  writer.writeByte(formatVersion)
  writeColumn(writer, columns.latenessUs)
  writeColumn(writer, columns.rttUs)
  writeColumn(writer, columns.outcome)
  return writer.bytes()
}

/** Undefined for bytes the encoder would not have written for `count` samples. Never throws, never runs long. */
export function decodeColumns(data: Uint8Array, firstTick: number, count: number): SampleColumns | undefined {
  if (count < 1 || count > ticksPerChunk || data.length > maxChunkBytes) return undefined
  const reader = new BitReader(data)
  if (reader.readByte() !== formatVersion) return undefined
  const latenessUs = readColumn(reader, count)
  if (latenessUs === undefined) return undefined
  const rttUs = readColumn(reader, count)
  if (rttUs === undefined) return undefined
  const codes = readColumn(reader, count)
  if (codes === undefined || !reader.atEnd) return undefined
  const outcome = new Uint8Array(count)
  for (let index = 0; index < count; index++) {
    const code = codes[index] ?? -1
    if (outcomeNameOf(code) === undefined) return undefined
    outcome[index] = code
  }
  return { firstTick, latenessUs, rttUs, outcome }
}

function writeColumn(writer: BitWriter, column: Column): void {
  let min = maxInt32
  let max = minInt32
  let runBits = 0
  let previous: number | undefined
  // Counted loops here and below: iterators of typed arrays cost three times as much.
  for (let index = 0; index < column.length; index++) {
    const value = column[index] ?? 0
    if (value < min) min = value
    if (value > max) max = value
    // A run costs two varints; three bytes is a fair guess for the small columns that have few runs.
    if (value !== previous) runBits += 24
    previous = value
  }
  if (min === max) {
    writer.writeByte(modes.constant)
    writer.writeVarint(zigzag(min))
    return
  }
  const offsets = offsetsFrom(column, min)
  const deltas = max - min < maxInt32 / 2 ? deltasOf(column) : undefined
  const byOffset = cheapestRice(offsets)
  const byDelta = deltas && cheapestRice(deltas)
  if (runBits < byOffset.bits && runBits < (byDelta?.bits ?? Number.POSITIVE_INFINITY)) {
    writeRuns(writer, column)
  } else if (deltas && byDelta && byDelta.bits < byOffset.bits) {
    writeRice(writer, modes.deltas, byDelta.parameter, column[0] ?? 0, deltas)
  } else {
    writeRice(writer, modes.offsets, byOffset.parameter, min, offsets)
  }
}

function readColumn(reader: BitReader, count: number): Int32Array | undefined {
  const mode = reader.readByte()
  if (mode === modes.constant) {
    const value = readInt32(reader)
    return value === undefined ? undefined : new Int32Array(count).fill(value)
  }
  if (mode === modes.runs) return readRuns(reader, count)
  if (mode === modes.offsets || mode === modes.deltas) return readRice(reader, mode, count)
  return undefined
}

function writeRuns(writer: BitWriter, column: Column): void {
  writer.writeByte(modes.runs)
  let start = 0
  for (let index = 1; index <= column.length; index++) {
    if (index < column.length && column[index] === column[start]) continue
    writer.writeVarint(zigzag(column[start] ?? 0))
    writer.writeVarint(index - start)
    start = index
  }
}

function readRuns(reader: BitReader, count: number): Int32Array | undefined {
  const column = new Int32Array(count)
  let filled = 0
  while (filled < count) {
    const value = readInt32(reader)
    const length = reader.readVarint()
    if (value === undefined || length === undefined || length < 1 || length > count - filled) return undefined
    column.fill(value, filled, filled + length)
    filled += length
  }
  return column
}

/** `base` is the minimum for offsets, the first value for deltas. */
function writeRice(
  writer: BitWriter,
  mode: number,
  parameter: number,
  base: number,
  values: Uint32Array,
): void {
  writer.writeByte(mode)
  writer.writeByte(parameter)
  writer.writeVarint(zigzag(base))
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    const quotient = value >>> parameter
    if (quotient >= escapeOnes) {
      writer.writeBits(0xffffff, escapeOnes)
      writer.writeBits(value, 32)
    } else {
      // `quotient` ones and a zero, then the remainder.
      const head = (2 << quotient) - 2
      const isShort = quotient + 1 + parameter <= 31
      if (!isShort) writer.writeBits(head, quotient + 1)
      if (!isShort) writer.writeBits(value, parameter)
      else writer.writeBits((head << parameter) | (value & ((1 << parameter) - 1)), quotient + 1 + parameter)
    }
  }
  writer.align()
}

function readRice(reader: BitReader, mode: number, count: number): Int32Array | undefined {
  const parameter = reader.readByte()
  const base = readInt32(reader)
  if (base === undefined || parameter > 31) return undefined
  const column = new Int32Array(count)
  let previous = base
  for (let index = 0; index < count; index++) {
    if (mode === modes.deltas && index === 0) {
      column[0] = base
      continue
    }
    const code = readRiceCode(reader, parameter)
    const value = mode === modes.deltas ? previous + unzigzag(code) : base + code
    if (reader.overran || value < minInt32 || value > maxInt32) return undefined
    column[index] = value
    previous = value
  }
  return reader.align() ? column : undefined
}

function readRiceCode(reader: BitReader, parameter: number): number {
  const quotient = reader.readOnes(escapeOnes)
  if (quotient === escapeOnes) return reader.readBits(32)
  return quotient * 2 ** parameter + reader.readBits(parameter)
}

function offsetsFrom(column: Column, min: number): Uint32Array {
  const offsets = new Uint32Array(column.length)
  for (let index = 0; index < column.length; index++) offsets[index] = (column[index] ?? 0) - min
  return offsets
}

function deltasOf(column: Column): Uint32Array {
  const deltas = new Uint32Array(column.length - 1)
  for (let index = 1; index < column.length; index++)
    deltas[index - 1] = zigzag((column[index] ?? 0) - (column[index - 1] ?? 0))
  return deltas
}

interface RiceCost {
  readonly parameter: number
  readonly bits: number
}

/** The parameter that stores `values` in the fewest bits: downhill from the binary logarithm of their mean. */
function cheapestRice(values: Uint32Array): RiceCost {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] ?? 0
  const start = Math.floor(Math.log2(sum / Math.max(values.length, 1) + 1))
  let best = riceCost(values, Math.min(start, 31))
  for (const step of [-1, 1]) {
    for (;;) {
      const parameter = best.parameter + step
      if (parameter < 0 || parameter > 31) break
      const next = riceCost(values, parameter)
      if (next.bits >= best.bits) break
      best = next
    }
    // Cheaper below the start: above it can only be dearer.
    if (best.parameter < start) break
  }
  return best
}

function riceCost(values: Uint32Array, parameter: number): RiceCost {
  let bits = values.length * (1 + parameter)
  for (let index = 0; index < values.length; index++) {
    const quotient = (values[index] ?? 0) >>> parameter
    bits += quotient >= escapeOnes ? escapeOnes + 31 - parameter : quotient
  }
  return { parameter, bits }
}

function readInt32(reader: BitReader): number | undefined {
  const code = reader.readVarint()
  if (code === undefined) return undefined
  const value = unzigzag(code)
  return value < minInt32 || value > maxInt32 ? undefined : value
}

/** Signed to unsigned so that small magnitudes stay small. Plain arithmetic: the result may need 33 bits. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function unzigzag(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2
}
