/**
 * Opens a run file for reading without ever writing to it or beside it. A file at rest is opened in place; a file
 * that a writer holds, that a killed writer left with its log, or that may still be continued is read from a
 * private copy, so that a reader never stands in a writer's way.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { throwProblem } from '../../shared/problems/problem.ts'
import { applicationId, checkSchema, limits } from './run-file-schema.ts'
import { busyMs, openDatabase } from './sqlite.ts'
import { readCompletion } from './stored-rows.ts'
import { holdOffWriters } from './writer-lock.ts'

export interface ReadableRunFile {
  readonly database: DatabaseSync
  close(): void
}

/** Files SQLite keeps beside a database that was not closed: they hold part of its content. */
const companions = ['-wal', '-journal']

/** Throws ProblemErrors and SQLite's own errors; the file is the caller's to close. */
export function openForReading(path: string): ReadableRunFile {
  checkFileSize(path)
  const letWriters = holdOffWriters(path)
  if (letWriters === undefined) return openSnapshot(path)
  try {
    const { usesLog } = checkFileHeader(path)
    if (usesLog || companions.some((suffix) => existsSync(path + suffix))) return openCopy(path)
    const database = openChecked(path, path, true)
    if (readCompletion(database, path) !== undefined) return { database, close: () => database.close() }
    database.close()
    return openCopy(path)
  } finally {
    letWriters()
  }
}

/** Whether the header names write-ahead logging. Throws what is wrong with a file that cannot be a run. */
export function checkFileHeader(path: string): { readonly usesLog: boolean } {
  const header = Buffer.alloc(100)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, header, 0, 100, 0) < 100) throwProblem('run-file.not-a-run', { path })
  } finally {
    closeSync(file)
  }
  // Offsets from SQLite's file format: magic, write and read version (2 = write-ahead log), application id.
  const isRun =
    header.toString('latin1', 0, 16) === 'SQLite format 3\0' && header.readUInt32BE(68) === applicationId
  if (!isRun) throwProblem('run-file.not-a-run', { path })
  return { usesLog: header[18] === 2 || header[19] === 2 }
}

function checkFileSize(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throwProblem('input.file-missing', { path })
  if (!stat.isFile()) throwProblem('run-file.not-a-run', { path })
  const sizes = companions.map((suffix) => statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0)
  const bytes = sizes.reduce((sum, size) => sum + size, stat.size)
  if (bytes > limits.fileBytes) throwProblem('run-file.too-large', { path, bytes })
}

/** A consistent copy of a file that is being written, made by SQLite. */
function openSnapshot(path: string): ReadableRunFile {
  return openInPrivateFolder((copy) => {
    const live = openDatabase(path, { readOnly: true, busyMs })
    try {
      checkSchema(live, path)
      live.prepare('VACUUM INTO ?').run(copy)
    } finally {
      live.close()
    }
    return openChecked(copy, path, true)
  })
}

/** A copy of the file and its log; opening it for writing lets SQLite bring the log in. */
function openCopy(path: string): ReadableRunFile {
  return openInPrivateFolder((copy) => {
    for (const suffix of ['', ...companions]) {
      if (!existsSync(path + suffix)) continue
      copyFileSync(path + suffix, copy + suffix)
      // The permissions are copied as well, and the original may be write-protected.
      chmodSync(copy + suffix, 0o600)
    }
    return openChecked(copy, path, false)
  })
}

function openInPrivateFolder(open: (copy: string) => DatabaseSync): ReadableRunFile {
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-read-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  try {
    const database = open(join(folder, 'run.kuorum'))
    const close = () => {
      database.close()
      removeFolder()
    }
    return { database, close }
  } catch (error) {
    removeFolder()
    throw error
  }
}

/** `file` is what is opened; Problems name `path`, which the user knows. */
function openChecked(file: string, path: string, readOnly: boolean): DatabaseSync {
  const database = openDatabase(file, { readOnly, busyMs })
  try {
    if (!readOnly) database.exec('PRAGMA query_only = ON')
    checkSchema(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
