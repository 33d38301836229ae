/** Rows of a run file as typed values, checked as they are read; a file may come from anywhere. */
import type { DatabaseSync } from 'node:sqlite'
import type { ChunkSummary, SampleColumns } from '../../shared/domain/sample-columns.ts'
import { chunkChecksum } from './run-digest.ts'
import { chunkIdOf, chunkOriginOf, limits } from './run-file-schema.ts'
import { decodeColumns, maxChunkBytes, ticksPerChunk } from './sample-codec.ts'
import { bytesOf, damaged, integerOf, numberOf, type Row, textOf } from './sqlite.ts'

export interface StoredText {
  readonly n: number
  readonly body: string
  readonly hash: Uint8Array
}

export interface StoredEntry extends StoredText {
  readonly atMs: number
}

export interface StoredSession extends StoredText {
  readonly afterSeq: number
}

/** Journal rows, checked to be numbered 1, 2, 3, ... */
export function readJournal(database: DatabaseSync, path: string): readonly StoredEntry[] {
  return readNumbered(database, path, 'journal', 'seq', 1, limits.entries).map((row) => ({
    ...storedText(row, 'seq', path),
    atMs: numberOf(row, 'at_ms', path),
  }))
}

/** Session rows, numbered from 1; there is always one. */
export function readSessions(database: DatabaseSync, path: string): readonly StoredSession[] {
  const rows = readNumbered(database, path, 'session', 'n', 1, limits.sessions)
  if (rows.length === 0) damaged(path, 'no session')
  return rows.map((row) => ({
    ...storedText(row, 'n', path),
    afterSeq: integerOf(row, 'after_seq', path),
  }))
}

/** Series rows, numbered from 0 as `Series.index`. */
export function readSeries(database: DatabaseSync, path: string): readonly StoredText[] {
  return readNumbered(database, path, 'series', 'n', 0, limits.series).map((row) =>
    storedText(row, 'n', path),
  )
}

/** The digest stored when the run ended. */
export function readCompletion(database: DatabaseSync, path: string): Uint8Array | undefined {
  const row: Row | undefined = database.prepare('SELECT journal_sha256 FROM completion').get()
  if (row === undefined) return undefined
  const digest = bytesOf(row, 'journal_sha256', path)
  return digest.length === 32 ? digest : damaged(path, 'digest length')
}

export interface StoredChunk {
  readonly id: number
  readonly series: number
  readonly summary: ChunkSummary
  /** Encoded samples and their checksum; absent when only summaries were asked for. */
  readonly samples?: { readonly bytes: Uint8Array; readonly checksum: number }
}

/** Rows read at a time, so that a long run is never in memory as a whole. */
const rowsPerPage = 256

/** Chunks of one series in tick order, those that overlap [fromTick, toTick). */
export function* readChunks(
  database: DatabaseSync,
  path: string,
  series: number,
  fromTick: number,
  toTick: number,
  withSamples: boolean,
): Generator<StoredChunk> {
  const page = database.prepare(
    `SELECT id, count, ok, late, bad, void, rtt_min_us, rtt_max_us, rtt_sum_us, length(samples) AS bytes
     ${withSamples ? `, checksum, CASE WHEN length(samples) <= ${maxChunkBytes} THEN samples END AS samples` : ''}
     FROM chunk WHERE id >= CAST(? AS INTEGER) AND id < CAST(? AS INTEGER) ORDER BY id LIMIT ${rowsPerPage}`,
  )
  const end = chunkIdOf(series, Math.min(toTick, 2 ** 32 - 1))
  let next = chunkIdOf(series, Math.max(0, Math.floor(fromTick / ticksPerChunk)) * ticksPerChunk)
  for (;;) {
    const rows: Row[] = page.all(next, end)
    for (const row of rows) yield storedChunk(row, path, withSamples)
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsPerPage) return
    next = integerOf(last, 'id', path) + 1
  }
}

/** Checks a chunk against its checksum and decodes it. */
export function decodeChunk(chunk: StoredChunk, path: string): SampleColumns {
  const { id, summary, samples } = chunk
  if (samples === undefined || samples.checksum !== chunkChecksum(id, summary, samples.bytes))
    return damaged(path, `checksum of chunk ${id}`)
  return (
    decodeColumns(samples.bytes, summary.firstTick, summary.count) ?? damaged(path, `samples of chunk ${id}`)
  )
}

function storedChunk(row: Row, path: string, withSamples: boolean): StoredChunk {
  const id = integerOf(row, 'id', path)
  const { series, firstTick } = chunkOriginOf(id)
  const summary: ChunkSummary = {
    firstTick,
    count: integerOf(row, 'count', path),
    ok: integerOf(row, 'ok', path),
    late: integerOf(row, 'late', path),
    bad: integerOf(row, 'bad', path),
    void: integerOf(row, 'void', path),
    rttMinUs: row.rtt_min_us === null ? null : integerOf(row, 'rtt_min_us', path),
    rttMaxUs: row.rtt_max_us === null ? null : integerOf(row, 'rtt_max_us', path),
    rttSumUs: integerOf(row, 'rtt_sum_us', path),
  }
  const { count, ok, late, bad } = summary
  const sound =
    firstTick % ticksPerChunk === 0 &&
    count >= 1 &&
    count <= ticksPerChunk &&
    Math.min(ok, late, bad, summary.void) >= 0 &&
    ok + late + bad + summary.void === count &&
    integerOf(row, 'bytes', path) <= maxChunkBytes
  if (!sound) damaged(path, `chunk ${id}`)
  if (!withSamples) return { id, series, summary }
  const samples = { bytes: bytesOf(row, 'samples', path), checksum: integerOf(row, 'checksum', path) }
  return { id, series, summary, samples }
}

function storedText(row: Row, number: string, path: string): StoredText {
  const hash = bytesOf(row, 'hash', path)
  if (hash.length !== 32) damaged(path, `hash length in row ${String(row[number])}`)
  return { n: integerOf(row, number, path), body: textOf(row, 'body', path), hash }
}

/** All rows of a table whose key counts from `first` without gaps; lengths are checked before texts are fetched. */
function readNumbered(
  database: DatabaseSync,
  path: string,
  table: 'journal' | 'session' | 'series',
  key: 'seq' | 'n',
  first: number,
  limit: number,
): readonly Row[] {
  const size: Row =
    database
      .prepare(
        `SELECT count(*) AS rows, min(${key}) AS low, max(${key}) AS high,
       max(length(CAST(body AS BLOB))) AS longest, max(length(hash)) AS longest_hash FROM ${table}`,
      )
      .get() ?? {}
  const rows = integerOf(size, 'rows', path)
  if (rows === 0) return []
  if (rows > limit) damaged(path, `${rows} rows in ${table}`)
  if (integerOf(size, 'longest', path) > limits.bodyBytes || integerOf(size, 'longest_hash', path) > 32)
    damaged(path, `oversized row in ${table}`)
  if (integerOf(size, 'low', path) !== first || integerOf(size, 'high', path) !== first + rows - 1)
    damaged(path, `gap in ${table}`)
  return database.prepare(`SELECT * FROM ${table} ORDER BY ${key}`).all()
}
