/** One line of a scenario's log, and its printed form. */

export interface LogLine {
  /** As printed: `info`, `err`, `warn`, `noti`, `emai`, and in lines of the harness `warning`. */
  readonly level: string
  /** Simulated seconds. */
  readonly time: number
  readonly source: string
  readonly message: string
}

/** Level left-aligned in 5 columns, time right-aligned in 5, source right-aligned in 12. */
export function formatLogLine({ level, time, source, message }: LogLine): string {
  return `${level.padEnd(5)} ${String(time).padStart(5)} ${source.padStart(12)}: ${message}`
}
