/**
 * One writer per run file, also across processes. The lock is SQLite's own exclusive lock on an empty file beside
 * the run file: the operating system lets go of it when the process dies, however it dies, and readers of the run
 * file itself are not kept out.
 */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { throwProblem } from '../../shared/problems/problem.ts'
import { isBusy, openDatabase } from './sqlite.ts'

/** A reader holds the lock shared while it copies a file; a writer that comes meanwhile waits this long. */
const patienceMs = 500

/** Rounds of meeting another process that was just removing its lock file. */
const attempts = 5

function lockPathOf(path: string): string {
  return `${path}-lock`
}

/** Throws `run-file.in-use` when another writer is active. Returns what lets go of the lock. */
export function acquireWriterLock(path: string): () => void {
  const lockPath = lockPathOf(path)
  for (let attempt = 0; attempt < attempts; attempt++) {
    createIfAbsent(lockPath)
    const before = identityOf(lockPath)
    const database = openDatabase(lockPath, { readOnly: false, busyMs: patienceMs })
    try {
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (isBusy(error)) throwProblem('run-file.in-use', { path })
      throw error
    }
    // Whoever held the lock before removes the file last; a lock on a removed file guards nothing.
    if (before !== undefined && identityOf(lockPath) === before) return () => release(database, lockPath)
    database.close()
  }
  return throwProblem('run-file.in-use', { path })
}

/**
 * Keeps writers away until the returned function is called; undefined when a writer is active. A file without
 * lock file has no writer, and nothing is created beside it: reading must leave no trace.
 */
export function holdOffWriters(path: string): (() => void) | undefined {
  const lockPath = lockPathOf(path)
  if (!existsSync(lockPath)) return () => undefined
  let database: DatabaseSync
  try {
    database = openDatabase(lockPath, { readOnly: true, busyMs: 0 })
  } catch {
    // Not ours to open: whoever wrote here is another user, and its writer would hold the run file too.
    return () => undefined
  }
  try {
    database.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
    return () => database.close()
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    return () => undefined
  }
}

function release(database: DatabaseSync, lockPath: string): void {
  // Windows refuses to remove an open file, so there the lock goes first; elsewhere the file goes first, so that
  // nobody can take a lock on a file that is about to disappear.
  const closesFirst = process.platform === 'win32'
  if (closesFirst) database.close()
  try {
    rmSync(lockPath, { force: true })
  } catch {
    // Another process has it open already and will remove it. A file left behind does no harm.
  }
  if (!closesFirst) database.close()
}

function createIfAbsent(lockPath: string): void {
  try {
    // Never opens an existing file: closing it again would drop every POSIX lock this process has on it.
    writeFileSync(lockPath, '', { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function identityOf(lockPath: string): string | undefined {
  const stat = statSync(lockPath, { throwIfNoEntry: false, bigint: true })
  return stat && `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`
}
