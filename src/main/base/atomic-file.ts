import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export interface AtomicWriteOptions {
  /** Permission bits of the new file on POSIX systems, for instance 0o600 for secrets. */
  readonly mode?: number
}

/** Windows refuses to replace a file while a virus scanner or indexer has it open, usually for well below a second. */
const renameDelaysMs = [5, 10, 20, 40, 80, 160, 320, 640]
const passingErrors = new Set(['EPERM', 'EBUSY', 'EACCES'])

let temporaryFiles = 0

/**
 * Replaces a file as a whole: after a crash at any moment the path holds the old or the new content.
 * Rejects with the system's error; nothing is left behind then.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${++temporaryFiles}.tmp`)
  try {
    const file = await open(temporary, 'wx', options.mode ?? 0o666)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await renamePatiently(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

async function renamePatiently(from: string, to: string): Promise<void> {
  const delaysMs = process.platform === 'win32' ? renameDelaysMs : []
  for (const delayMs of delaysMs) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (!passingErrors.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      await wait(delayMs)
    }
  }
  await rename(from, to)
}

/** Makes the new name itself durable. Windows has no such call for folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
