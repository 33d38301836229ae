/** Settings as one JSON file, for the entries without electron-store. Unreadable files are kept, never overwritten. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { defaultSettings, type Settings } from '../../shared/domain/settings.ts'
import {
  changedSettings,
  documentOfSettings,
  type SettingsReading,
  settingsOfDocument,
} from '../../shared/domain/settings-document.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { SettingsStore } from '../contracts/settings-store.ts'

/** `wallTime` names the file an unreadable one is moved to. Throws `settings.newer`. */
export function settingsFile(path: string, wallTime: () => string): SettingsStore {
  const read = (): Settings => {
    if (!existsSync(path)) return defaultSettings
    const reading = readingOf(readFileSync(path, 'utf8'))
    if (reading.kind === 'read') return reading.settings
    if (reading.kind === 'newer') throwProblem('settings.newer', { path, version: reading.version })
    renameSync(path, `${path}.broken-${wallTime().replaceAll(':', '')}`)
    return defaultSettings
  }
  return {
    read,
    change(change) {
      const next = changedSettings(read(), change)
      mkdirSync(dirname(path), { recursive: true })
      const temporary = `${path}.${process.pid}.tmp`
      writeFileSync(temporary, `${JSON.stringify(documentOfSettings(next), null, 2)}\n`)
      renameSync(temporary, path)
      return next
    },
  }
}

function readingOf(text: string): SettingsReading {
  try {
    return settingsOfDocument(JSON.parse(text))
  } catch {
    return { kind: 'unreadable' }
  }
}
