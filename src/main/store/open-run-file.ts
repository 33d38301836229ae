/** Opens a run file for writing, new or again, under the lock that keeps other writers out. */
import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { throwProblem } from '../../shared/problems/problem.ts'
import { NewRunFile, removeDraft } from './new-run-file.ts'
import { RunFile } from './run-file.ts'
import { checkFileHeader } from './run-file-access.ts'
import { checkSchema } from './run-file-schema.ts'
import { busyMs, openDatabase, readingProblem, writingProblem } from './sqlite.ts'
import { readCompletion } from './stored-rows.ts'
import { acquireWriterLock } from './writer-lock.ts'
import type { WriterTask } from './writer-protocol.ts'

/** What the worker needs of a run file. */
export type WritableRunFile = Pick<RunFile, 'nextSeq' | 'apply' | 'commit' | 'close' | 'abandon'>

/**
 * Opens the file as the task says; a new one appears with its first commit. Throws ProblemErrors; a file that is
 * refused is left as it was.
 */
export function openRunFile(task: WriterTask): WritableRunFile {
  const { path, mode } = task
  const exists = existsSync(path)
  if (exists && mode.kind === 'create') throwProblem('input.file-exists', { path })
  if (!exists && mode.kind === 'reopen') throwProblem('input.file-missing', { path })
  const releaseLock = lock(path)
  try {
    return mode.kind === 'create'
      ? new NewRunFile(path, task.session, releaseLock)
      : reopenRunFile(path, task.session, mode.resumption === 'replay', releaseLock)
  } catch (error) {
    releaseLock()
    throw error
  }
}

function lock(path: string): () => void {
  try {
    return acquireWriterLock(path)
  } catch (error) {
    throw writingProblem(error, path)
  }
}

function reopenRunFile(path: string, session: string, repeats: boolean, releaseLock: () => void): RunFile {
  let database: DatabaseSync | undefined
  try {
    removeDraft(path)
    checkFileHeader(path)
    database = openDatabase(path, { readOnly: false, busyMs })
    checkSchema(database, path)
    if (readCompletion(database, path) !== undefined) throwProblem('run-file.already-complete', { path })
    const file = new RunFile(path, database, releaseLock)
    file.load(repeats)
    file.resume(session)
    return file
  } catch (error) {
    database?.close()
    throw readingProblem(error, path)
  }
}
