/** A run file open for reading. Entries and series are read at once, samples when asked for. */
import { z } from 'zod'
import type { JournalEntry } from '../../shared/domain/journal.ts'
import { parseRunEvent, seriesSchema } from '../../shared/domain/run-event-schema.ts'
import type { Series } from '../../shared/domain/sample.ts'
import type { ChunkSummary, SampleColumns } from '../../shared/domain/sample-columns.ts'
import type { RunReader, SessionFacts } from '../contracts/run-store.ts'
import { openForReading, type ReadableRunFile } from './run-file-access.ts'
import { damaged, readingProblem } from './sqlite.ts'
import {
  decodeChunk,
  readChunks,
  readCompletion,
  readJournal,
  readSeries,
  readSessions,
  type StoredEntry,
  type StoredText,
} from './stored-rows.ts'

const sessionSchema: z.ZodType<SessionFacts> = z.looseObject({
  kind: z.enum(['started', 'resumed']),
  wallTime: z.string().max(100),
  appVersion: z.string().max(100),
  nodeVersion: z.string().max(100),
  platform: z.string().max(100),
  cpu: z.string().max(500),
  cpuCount: z.number(),
  memoryMiB: z.number(),
})

/** Throws a Problem that says why the file cannot be read. */
export function openRunReader(path: string): RunReader {
  return reading(path, () => {
    const file = openForReading(path)
    try {
      return new RunFileReader(path, file)
    } catch (error) {
      file.close()
      throw error
    }
  })
}

/** Runs what touches the file; whatever it refuses becomes a Problem. */
export function reading<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw readingProblem(error, path)
  }
}

class RunFileReader implements RunReader {
  readonly path: string
  readonly sessions: readonly SessionFacts[]
  readonly journalSha256: string | undefined
  readonly #file: ReadableRunFile
  readonly #entries: readonly JournalEntry[]
  readonly #series: readonly Series[]

  constructor(path: string, file: ReadableRunFile) {
    this.path = path
    this.#file = file
    this.sessions = readSessions(file.database, path).map((row) => parseSession(row, path))
    this.#entries = readJournal(file.database, path).map((row) => parseEntry(row, path))
    this.#series = readSeries(file.database, path).map((row) => parseSeries(row, path))
    const digest = readCompletion(file.database, path)
    this.journalSha256 = digest && Buffer.from(digest).toString('hex')
  }

  entries(): readonly JournalEntry[] {
    return this.#entries
  }

  series(): readonly Series[] {
    return this.#series
  }

  *columns(series: number, fromTick = 0, toTick = Number.POSITIVE_INFINITY): Generator<SampleColumns> {
    const chunks = readChunks(this.#file.database, this.path, series, fromTick, toTick, true)
    yield* mapped(this.path, chunks, (chunk) => decodeChunk(chunk, this.path))
  }

  *summaries(series: number, fromTick = 0, toTick = Number.POSITIVE_INFINITY): Generator<ChunkSummary> {
    const chunks = readChunks(this.#file.database, this.path, series, fromTick, toTick, false)
    yield* mapped(this.path, chunks, ({ summary }) => summary)
  }

  close(): void {
    this.#file.close()
  }
}

/** `items` mapped one by one; a failure while fetching or mapping becomes a Problem. */
function* mapped<A, B>(path: string, items: Iterable<A>, map: (item: A) => B): Generator<B> {
  const iterator = items[Symbol.iterator]()
  for (;;) {
    const next = reading(path, () => {
      const item = iterator.next()
      return item.done ? undefined : { value: map(item.value) }
    })
    if (next === undefined) return
    yield next.value
  }
}

export function parseEntry({ n, atMs, body }: StoredEntry, path: string): JournalEntry {
  const event = parseRunEvent(JSON.parse(body))
  return event ? { seq: n, atMs, event } : damaged(path, `entry ${n}`)
}

export function parseSession({ n, body }: StoredText, path: string): SessionFacts {
  const session = sessionSchema.safeParse(JSON.parse(body))
  return session.success ? session.data : damaged(path, `session ${n}`)
}

export function parseSeries({ n, body }: StoredText, path: string): Series {
  const series = seriesSchema.safeParse(JSON.parse(body))
  return series.success && series.data.index === n ? series.data : damaged(path, `series ${n}`)
}
