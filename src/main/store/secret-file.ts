/** Secrets in a file only its owner can read, for the entries without a system key store. The window says so. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomically } from '../base/atomic-file.ts'
import type { SecretStore } from '../contracts/settings-store.ts'

const fileSchema = z.record(z.string(), z.string())

export function secretFile(path: string): SecretStore {
  const readAll = async (): Promise<Record<string, string>> => {
    try {
      return fileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
      throw error
    }
  }
  const change = async (edit: (all: Record<string, string>) => void) => {
    const all = await readAll()
    edit(all)
    await writeFileAtomically(path, JSON.stringify(all), { mode: 0o600 })
  }
  return {
    kind: 'owner-only-file',
    read: async (name) => (await readAll())[name],
    write: (name, value) =>
      change((all) => {
        all[name] = value
      }),
    remove: (name) =>
      change((all) => {
        delete all[name]
      }),
  }
}
