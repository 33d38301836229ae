/** Settings as one JSON file, for the entries without electron-store. Unreadable files are kept, never overwritten. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { defaultSettings, type Settings, settingsSchema } from '../../shared/domain/settings.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import { presentFields } from '../base/present-fields.ts'
import type { SettingsStore } from '../contracts/settings-store.ts'

/** Raised with each migration; a file with a higher number was written by a newer version. */
const schemaVersion = 1

const fileSchema = z.object({ schema: z.int().min(1), data: settingsSchema.partial() })

/** `wallTime` names the file an unreadable one is moved to. Throws `settings.newer`. */
export function settingsFile(path: string, wallTime: () => string): SettingsStore {
  const read = (): Settings => {
    if (!existsSync(path)) return defaultSettings
    const parsed = parse(readFileSync(path, 'utf8'))
    if (parsed === undefined) {
      renameSync(path, `${path}.broken-${wallTime().replaceAll(':', '')}`)
      return defaultSettings
    }
    if (parsed.schema > schemaVersion) throwProblem('settings.newer', { path, version: parsed.schema })
    return { ...defaultSettings, ...presentFields(parsed.data) }
  }
  return {
    read,
    change(change) {
      const next = { ...read(), ...presentFields(change) }
      mkdirSync(dirname(path), { recursive: true })
      const temporary = `${path}.${process.pid}.tmp`
      writeFileSync(temporary, `${JSON.stringify({ schema: schemaVersion, data: next }, null, 2)}\n`)
      renameSync(temporary, path)
      return next
    },
  }
}

function parse(text: string): z.output<typeof fileSchema> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const newer = z.object({ schema: z.int().min(schemaVersion + 1) }).safeParse(value)
    if (newer.success) return { schema: newer.data.schema, data: {} }
    return fileSchema.parse(value)
  } catch {
    return undefined
  }
}
