/** Settings in electron-store's file; the same document as on the other entries. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import ElectronStore from 'electron-store'
import { defaultSettings } from '../../../shared/domain/settings.ts'
import {
  changedSettings,
  documentOfSettings,
  settingsOfDocument,
} from '../../../shared/domain/settings-document.ts'
import { throwProblem } from '../../../shared/problems/problem.ts'
import type { SettingsStore } from '../../contracts/settings-store.ts'

/** `wallTime` names the file an unreadable one is moved to. Reading throws `settings.newer`. */
export function electronSettings(folder: string, wallTime: () => string): SettingsStore {
  const path = join(folder, 'settings.json')
  const setAside = () => renameSync(path, `${path}.broken-${wallTime().replaceAll(':', '')}`)
  // electron-store's own answer to a broken file would be to empty it.
  const open = () => new ElectronStore({ name: 'settings', cwd: folder, clearInvalidConfig: false })
  const openAnyway = () => {
    try {
      return open()
    } catch {
      setAside()
      return open()
    }
  }
  const store = openAnyway()
  const read = () => {
    if (store.size === 0) return defaultSettings
    const reading = settingsOfDocument(store.store)
    if (reading.kind === 'newer') return throwProblem('settings.newer', { path, version: reading.version })
    if (reading.kind === 'read') return reading.settings
    setAside()
    return defaultSettings
  }
  return {
    read,
    change(change) {
      const next = changedSettings(read(), change)
      store.store = { ...documentOfSettings(next) }
      return next
    },
  }
}
