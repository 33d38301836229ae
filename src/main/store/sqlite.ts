/** The runtime's own SQLite, loaded when first needed, and its errors as Problems. */
import assert from 'node:assert'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { ProblemError, problem, throwProblem } from '../../shared/problems/problem.ts'

type Sqlite = typeof import('node:sqlite')

export type Row = Record<string, SQLOutputValue>

/** Throws `store.unavailable` on a runtime without `node:sqlite` (Node before 22.13 hides it behind a flag). */
export function loadSqlite(): Sqlite {
  // Node 22 warns at the moment of loading that the module is experimental; other warnings pass.
  const emitWarning = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).includes('SQLite')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    const sqlite: Sqlite | undefined = process.getBuiltinModule('node:sqlite')
    return sqlite ?? throwProblem('store.unavailable', { runtime: process.version })
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Writers and readers wait so long for each other; a statement, a commit or a checkpoint takes a fraction of it. */
export const busyMs = 2000

export interface OpenOptions {
  readonly readOnly: boolean
  /** How long a statement waits for another connection's lock. */
  readonly busyMs: number
}

/** Opens with everything off that a file could use to make the program run something. Throws SQLite's errors. */
export function openDatabase(path: string, { readOnly, busyMs }: OpenOptions): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { readOnly, allowExtension: false })
  try {
    // Absent in Node 22; since then on by default.
    database.enableDefensive?.(true)
    database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Gives the statement of a text, made when first asked for: making one takes longer than running it. */
export type Prepare = (sql: string) => StatementSync

export function preparing(database: DatabaseSync): Prepare {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = database.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
}

/** Primary result codes of SQLite that mean something to us (sqlite.org/rescode.html). */
const resultCodes = { busy: 5, locked: 6, notADatabase: 26 } as const

/** SQLite's primary result code; undefined for errors of other origin. */
function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined
  return error.errcode & 0xff
}

export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error)
  return code === resultCodes.busy || code === resultCodes.locked
}

/** What reading a file can throw, as a Problem: whatever SQLite or a row refuses is damage of the file. */
export function readingProblem(error: unknown, path: string): ProblemError {
  if (error instanceof ProblemError) return error
  // A broken assumption of ours is not the file's fault and must stay visible as what it is.
  if (error instanceof assert.AssertionError || error instanceof TypeError) throw error
  const detail = error instanceof Error ? error.message : String(error)
  const code = resultCodeOf(error)
  if (isBusy(error)) return new ProblemError(problem('run-file.in-use', { path }, detail), { cause: error })
  if (code === resultCodes.notADatabase)
    return new ProblemError(problem('run-file.not-a-run', { path }, detail), { cause: error })
  if (isSystemError(error))
    return new ProblemError(problem('input.file-unreadable', { path }, detail), { cause: error })
  return new ProblemError(problem('run-file.damaged', { path }, detail), { cause: error })
}

/** What writing can throw, as a Problem: a full disk, a lost folder, revoked access. */
export function writingProblem(error: unknown, path: string): ProblemError {
  if (error instanceof ProblemError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new ProblemError(problem('run-file.write-failed', { path }, detail), { cause: error })
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

export function damaged(path: string, detail: string): never {
  return throwProblem('run-file.damaged', { path }, detail)
}

/** A column that must hold a whole number; STRICT tables see to it unless bytes were changed. */
export function integerOf(row: Row, column: string, path: string): number {
  const value = row[column]
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : damaged(path, `column ${column}`)
}

export function numberOf(row: Row, column: string, path: string): number {
  const value = row[column]
  return typeof value === 'number' && Number.isFinite(value) ? value : damaged(path, `column ${column}`)
}

export function textOf(row: Row, column: string, path: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : damaged(path, `column ${column}`)
}

export function bytesOf(row: Row, column: string, path: string): Uint8Array {
  const value = row[column]
  return value instanceof Uint8Array ? value : damaged(path, `column ${column}`)
}
