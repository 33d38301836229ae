/** How settings stand in a file, whoever writes it: a number of the form, and the fields. */
import { z } from 'zod'
import { defaultSettings, type Settings, settingsSchema } from './settings.ts'

/** Raised with each migration; a file with a higher number was written by a newer version. */
const schemaVersion = 1

const documentSchema = z.object({ schema: z.literal(schemaVersion), data: settingsSchema.partial() })
const newerSchema = z.object({ schema: z.int().min(schemaVersion + 1) })

export type SettingsReading =
  | { readonly kind: 'read'; readonly settings: Settings }
  /** Must not be overwritten. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'unreadable' }

export function settingsOfDocument(value: unknown): SettingsReading {
  const newer = newerSchema.safeParse(value)
  if (newer.success) return { kind: 'newer', version: newer.data.schema }
  const parsed = documentSchema.safeParse(value)
  if (!parsed.success) return { kind: 'unreadable' }
  return { kind: 'read', settings: changedSettings(defaultSettings, parsed.data.data) }
}

export function documentOfSettings(settings: Settings): { readonly schema: number; readonly data: Settings } {
  return { schema: schemaVersion, data: settings }
}

/** Fields that are absent or undefined stay as they were. */
export function changedSettings(
  settings: Settings,
  change: { readonly [K in keyof Settings]?: Settings[K] | undefined },
): Settings {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...settings, ...(Object.fromEntries(given) as Partial<Settings>) }
}
