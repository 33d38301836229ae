/**
 * A run file that does not exist yet. It appears with the first commit, all at once: whatever is found under its
 * name holds the beginning of a run and can be continued, whenever the program was killed.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { throwProblem } from '../../shared/problems/problem.ts'
import { RunFile } from './run-file.ts'
import { busyMs, openDatabase, writingProblem } from './sqlite.ts'
import type { WriterOperation } from './writer-protocol.ts'

export class NewRunFile {
  readonly nextSeq = 1
  readonly #path: string
  readonly #session: string
  readonly #releaseLock: () => void
  #operations: WriterOperation[] = []
  #file: RunFile | undefined

  constructor(path: string, session: string, releaseLock: () => void) {
    this.#path = path
    this.#session = session
    this.#releaseLock = releaseLock
  }

  apply(operations: readonly WriterOperation[]): void {
    if (this.#file) this.#file.apply(operations)
    else this.#operations = [...this.#operations, ...operations]
  }

  commit(): void {
    if (this.#file) this.#file.commit()
    else this.#file = this.#appear()
  }

  close(): string {
    try {
      this.#file ??= this.#appear()
    } catch (error) {
      this.#releaseLock()
      throw error
    }
    return this.#file.close()
  }

  abandon(): void {
    if (this.#file) this.#file.abandon()
    else this.#releaseLock()
  }

  #appear(): RunFile {
    const draft = draftPathOf(this.#path)
    try {
      removeDraft(this.#path)
      this.#write(draft)
      syncToDisk(draft)
      giveName(draft, this.#path)
      return this.#open()
    } catch (error) {
      throw writingProblem(error, this.#path)
    } finally {
      removeDraft(this.#path)
    }
  }

  /** Without a journal or a wait for the disk: a draft that is interrupted is thrown away. */
  #write(draft: string): void {
    const database = openDatabase(draft, { readOnly: false, busyMs })
    try {
      database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
      new RunFile(this.#path, database, () => {}).initialise(this.#session, this.#operations)
      // Written into the header now, this costs no wait later.
      database.exec('PRAGMA journal_mode = WAL')
    } finally {
      database.close()
    }
    this.#operations = []
  }

  #open(): RunFile {
    let database: DatabaseSync | undefined
    try {
      database = openDatabase(this.#path, { readOnly: false, busyMs })
      const file = new RunFile(this.#path, database, this.#releaseLock)
      file.load(false)
      file.startLog()
      return file
    } catch (error) {
      database?.close()
      throw error
    }
  }
}

function draftPathOf(path: string): string {
  return `${path}-new`
}

/** Only who holds the writer's lock may use the draft's name; what is there was left by one who was killed. */
export function removeDraft(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      rmSync(draftPathOf(path) + suffix, { force: true })
    } catch {
      // It does no harm where it is, and the next writer tries again.
    }
  }
}

/** Gives the draft its name, on disk as well. Never replaces a file. */
function giveName(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throwProblem('input.file-exists', { path })
    // File systems of memory sticks and some servers know no second name for a file.
    if (existsSync(path)) throw error
    renameSync(draft, path)
  }
  // Windows keeps names on disk by itself and opens no folder.
  if (process.platform !== 'win32') syncToDisk(dirname(path))
}

function syncToDisk(path: string): void {
  const handle = openSync(path, process.platform === 'win32' ? 'r+' : 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
