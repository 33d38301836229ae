/**
 * Reads a run file as a whole and checks it against itself. What is covered: every journal entry, session and
 * series by its hash chain; every chunk by its checksum, its summary and its place in the series; and, once the
 * run has ended, everything but the sessions by the stored digest. What is not: bytes that belong to no row
 * (free space, SQLite's own counters). A person who can compute hashes can write a consistent false file; the
 * digest detects that only when it was noted elsewhere, for instance in the lab report.
 */
import { summarise } from '../../shared/analysis/chunk-summary.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { VerifyReport } from '../contracts/run-store.ts'
import {
  chainHeadOf,
  chainStart,
  chunkChecksum,
  entryText,
  nextInChain,
  runDigest,
  SampleDigest,
  sessionText,
} from './run-digest.ts'
import { openForReading, type ReadableRunFile } from './run-file-access.ts'
import { parseEntry, parseSeries, parseSession, reading } from './run-file-reader.ts'
import { ticksPerChunk } from './sample-codec.ts'
import { damaged, integerOf } from './sqlite.ts'
import {
  decodeChunk,
  readChunks,
  readCompletion,
  readJournal,
  readSeries,
  readSessions,
  type StoredEntry,
} from './stored-rows.ts'

/** Throws the Problem of the first thing that does not fit. */
export function verifyRunFile(path: string): VerifyReport {
  return reading(path, () => {
    const file = openForReading(path)
    try {
      return verifyOpenFile(path, file)
    } finally {
      file.close()
    }
  })
}

function verifyOpenFile(path: string, { database }: ReadableRunFile): VerifyReport {
  const entries = readJournal(database, path)
  const journalHead = chainHeadOf(path, entries, ({ n, atMs, body }) => entryText(n, atMs, body))
  const lastEvent = entries.map((row) => parseEntry(row, path)).at(-1)?.event
  const sessions = verifySessions(path, { database }, entries)
  const series = readSeries(database, path)
  const seriesHead = chainHeadOf(path, series, ({ body }) => body)
  for (const row of series) parseSeries(row, path)
  const samples = series.map(({ n }) => verifySamples(path, { database }, n))
  verifyNoStrayChunks(path, { database }, series.length)
  const digest = runDigest(journalHead, seriesHead, samples)
  const stored = readCompletion(database, path)
  const complete = stored !== undefined
  if (complete !== (lastEvent?.type === 'run-ended')) damaged(path, 'end of the run')
  if (stored !== undefined && Buffer.compare(stored, digest) !== 0)
    throwProblem('run-file.chain-broken', { path, seq: entries.length })
  return {
    path,
    entries: entries.length,
    samples: samples.reduce((sum, { count }) => sum + count, 0),
    sessions,
    journalSha256: Buffer.from(digest).toString('hex'),
    complete,
  }
}

type Database = Pick<ReadableRunFile, 'database'>

/** A session's hash covers the journal's hash at its start, which has to be one the journal really had. */
function verifySessions(path: string, { database }: Database, entries: readonly StoredEntry[]) {
  const rows = readSessions(database, path)
  let head = chainStart
  for (const { n, afterSeq, body, hash } of rows) {
    const journalHead = afterSeq === 0 ? chainStart : entries[afterSeq - 1]?.hash
    head = nextInChain(head, sessionText(afterSeq, journalHead ?? chainStart, body))
    if (Buffer.compare(head, hash) !== 0) damaged(path, `session ${n}`)
  }
  return rows.map((row) => parseSession(row, path))
}

function verifySamples(path: string, { database }: Database, series: number): SampleDigest {
  const digest = new SampleDigest()
  for (const chunk of readChunks(database, path, series, 0, Number.POSITIVE_INFINITY, true)) {
    if (chunk.summary.firstTick !== digest.count || digest.count % ticksPerChunk !== 0)
      damaged(path, `samples missing before chunk ${chunk.id}`)
    const columns = decodeChunk(chunk, path)
    const samples = chunk.samples?.bytes ?? new Uint8Array()
    if (chunkChecksum(chunk.id, summarise(columns), samples) !== chunk.samples?.checksum)
      damaged(path, `summary of chunk ${chunk.id}`)
    digest.add(columns)
  }
  return digest
}

function verifyNoStrayChunks(path: string, { database }: Database, series: number): void {
  const row = database
    .prepare('SELECT count(*) AS stray FROM chunk WHERE id < 0 OR id >= CAST(? AS INTEGER)')
    .get(series * 2 ** 32)
  if (integerOf(row ?? {}, 'stray', path) > 0) damaged(path, 'samples of an undeclared series')
}
