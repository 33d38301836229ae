/** A run file open for writing, in the worker: synchronous, one transaction from one commit to the next. */
import type { DatabaseSync } from 'node:sqlite'
import { throwProblem } from '../../shared/problems/problem.ts'
import { chainHeadOf, chainStart, entryText, nextInChain, runDigest, sessionText } from './run-digest.ts'
import { createTables } from './run-file-schema.ts'
import { columnsIn } from './sample-buffer.ts'
import { SeriesChunks } from './series-chunks.ts'
import { isBusy, type Prepare, preparing, writingProblem } from './sqlite.ts'
import { readJournal, readSeries, readSessions, type StoredEntry } from './stored-rows.ts'
import type { WriterOperation } from './writer-protocol.ts'

export class RunFile {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #prepared: Prepare
  readonly #releaseLock: () => void
  #inTransaction = false
  /** Last stored entry. */
  #seq = 0
  #journalHead = chainStart
  #seriesHead = chainStart
  #seriesTexts: readonly string[] = []
  #series: readonly SeriesChunks[] = []
  #sessions = 0
  #sessionHead = chainStart
  /** Stored entries that a repeated run has to match; empty when there is nothing to repeat. */
  #past: readonly StoredEntry[] = []
  /** Last entry the program appended, stored or repeated. */
  #appendedSeq = 0

  constructor(path: string, database: DatabaseSync, releaseLock: () => void) {
    this.#path = path
    this.#database = database
    this.#prepared = preparing(database)
    this.#releaseLock = releaseLock
  }

  /** Fills an empty database with tables, session and first operations, nothing of which is left in memory. */
  initialise(session: string, operations: readonly WriterOperation[]): void {
    this.#database.exec('BEGIN')
    this.#inTransaction = true
    createTables(this.#database)
    this.#insertSession(session)
    this.apply([...operations, { kind: 'sync' }])
    this.commit()
  }

  /** Takes over what the file holds; what is appended next `repeats` it, or follows it. */
  load(repeats: boolean): void {
    const entries = readJournal(this.#database, this.#path)
    this.#journalHead = chainHeadOf(this.#path, entries, ({ n, atMs, body }) => entryText(n, atMs, body))
    this.#seq = entries.length
    if (repeats) this.#past = entries
    else this.#appendedSeq = this.#seq
    const sessions = readSessions(this.#database, this.#path)
    this.#sessionHead = sessions.at(-1)?.hash ?? chainStart
    this.#sessions = sessions.length
    const series = readSeries(this.#database, this.#path)
    this.#seriesHead = chainHeadOf(this.#path, series, ({ body }) => body)
    this.#adoptSeries(series.map(({ body }) => body))
    for (const chunks of this.#series) chunks.load()
  }

  resume(session: string): void {
    this.startLog()
    this.#insertSession(session)
  }

  /** Number of the next entry: a repeated run starts from 1 again. */
  get nextSeq(): number {
    return this.#appendedSeq + 1
  }

  /**
   * Takes operations in, on disk with the next `commit`. Throws ProblemErrors; then nothing since the last commit
   * gets there.
   */
  apply(operations: readonly WriterOperation[]): void {
    this.#orRollBack(() => {
      if (!this.#inTransaction) this.#database.exec('BEGIN IMMEDIATE')
      this.#inTransaction = true
      for (const operation of operations) this.#apply(operation)
    })
  }

  /** When it returns, everything applied is on disk. Throws as `apply` does. */
  commit(): void {
    this.#orRollBack(() => {
      if (this.#inTransaction) this.#database.exec('COMMIT')
      this.#inTransaction = false
    })
  }

  /** Folds the log into the file and lets go of it. Returns the digest of all it holds (hex). */
  close(): string {
    try {
      this.apply([{ kind: 'sync' }])
      this.commit()
      const digest = this.#digest()
      this.#foldLog()
      return Buffer.from(digest).toString('hex')
    } catch (error) {
      throw writingProblem(error, this.#path)
    } finally {
      this.abandon()
    }
  }

  /** Lets go of the file as it is; what was written stays, in the log if need be. */
  abandon(): void {
    this.#database.close()
    this.#releaseLock()
  }

  #apply(operation: WriterOperation): void {
    switch (operation.kind) {
      case 'append':
        this.#append(operation.seq, operation.atMs, operation.body)
        if (operation.endsRun) this.#complete()
        break
      case 'declare':
        this.#declare(operation.series)
        break
      case 'samples': {
        const { firstTick, count, columns } = operation
        const differingTick = this.#series[operation.series]?.add(columnsIn(columns, firstTick, count))
        if (differingTick !== undefined)
          this.#diverged(this.#appendedSeq, `series ${operation.series}, tick ${differingTick}`)
        break
      }
      case 'sync':
        for (const series of this.#series) series.sync()
    }
  }

  #append(seq: number, atMs: number, body: string): void {
    this.#appendedSeq = seq
    const stored = this.#past[seq - 1]
    if (stored !== undefined) {
      if (stored.atMs !== atMs || stored.body !== body) this.#diverged(seq, stored.body)
      return
    }
    this.#journalHead = nextInChain(this.#journalHead, entryText(seq, atMs, body))
    this.#prepared('INSERT INTO journal (seq, at_ms, body, hash) VALUES (?, ?, ?, ?)').run(
      seq,
      atMs,
      body,
      this.#journalHead,
    )
    this.#seq = seq
  }

  #declare(series: readonly string[]): void {
    if (this.#seriesTexts.length > 0) {
      if (series.join() !== this.#seriesTexts.join()) this.#diverged(this.#appendedSeq, 'series')
      return
    }
    series.forEach((body, n) => {
      this.#seriesHead = nextInChain(this.#seriesHead, body)
      this.#prepared('INSERT INTO series (n, body, hash) VALUES (?, ?, ?)').run(n, body, this.#seriesHead)
    })
    this.#adoptSeries(series)
  }

  #adoptSeries(series: readonly string[]): void {
    this.#seriesTexts = series
    this.#series = series.map((_, n) => new SeriesChunks(this.#database, this.#prepared, this.#path, n))
  }

  /** In the transaction of the entry that ends the run, so that an ended run always has its digest. */
  #complete(): void {
    // A repetition that ends before its recorded past does is another run.
    if (this.#appendedSeq < this.#seq) this.#diverged(this.#appendedSeq, 'the recorded run went on')
    for (const series of this.#series) series.sync()
    this.#database.prepare('INSERT INTO completion (id, journal_sha256) VALUES (1, ?)').run(this.#digest())
  }

  #digest(): Uint8Array {
    return runDigest(
      this.#journalHead,
      this.#seriesHead,
      this.#series.map(({ digest }) => digest),
    )
  }

  #insertSession(body: string): void {
    this.#sessions++
    this.#sessionHead = nextInChain(this.#sessionHead, sessionText(this.#seq, this.#journalHead, body))
    this.#database
      .prepare('INSERT INTO session (n, after_seq, body, hash) VALUES (?, ?, ?, ?)')
      .run(this.#sessions, this.#seq, body, this.#sessionHead)
  }

  /** From here on what is committed is on disk. */
  startLog(): void {
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  }

  #foldLog(): void {
    try {
      this.#database.exec('PRAGMA journal_mode = DELETE')
    } catch (error) {
      // Somebody reads at this moment. Nothing is lost; the log stays beside the file and belongs to it.
      if (!isBusy(error)) throw error
    }
  }

  #orRollBack(work: () => void): void {
    try {
      work()
    } catch (error) {
      rollBack(this.#database)
      this.#inTransaction = false
      throw writingProblem(error, this.#path)
    }
  }

  #diverged(seq: number, detail: string): never {
    return throwProblem('run-file.diverged', { path: this.#path, seq }, detail)
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself, as it does when the disk is full.
  }
}
