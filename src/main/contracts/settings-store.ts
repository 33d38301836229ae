/** Where settings and secrets live; electron-store and safeStorage in Electron, files elsewhere. */
import type { Settings } from '../../shared/domain/settings.ts'

export interface SettingsStore {
  read(): Settings
  /** Writes at once and returns the whole. Rejects with a `settings.*` Problem rather than lose a newer file. */
  change(change: Partial<Settings>): Settings
}

/** Passwords and keys. Never in a journal, log, command line or report. */
export interface SecretStore {
  readonly kind: 'system' | 'owner-only-file'
  read(name: string): Promise<string | undefined>
  write(name: string, value: string): Promise<void>
  remove(name: string): Promise<void>
}
