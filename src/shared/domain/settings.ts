/** What the user chose. The same schema whichever store keeps it. */
import { z } from 'zod'

export const settingsSchema = z.strictObject({
  language: z.enum(['system', 'en', 'id']),
  theme: z.enum(['system', 'light', 'dark']),
  /** Folder that receives run files; empty for the product's own data folder. */
  runFolder: z.string().max(1000),
  defaultSpeed: z.enum(['1', '60', '720', 'max']),
})

export type Settings = z.output<typeof settingsSchema>

export const defaultSettings: Settings = {
  language: 'system',
  theme: 'system',
  runFolder: '',
  defaultSpeed: 'max',
}
