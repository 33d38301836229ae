/** Times in a plan as people type them: `h:mm:ss`, or `m:ss`. */

export function durationText(seconds: number): string {
  const total = Math.max(0, Math.round(seconds))
  const pad = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(total / 3600)}:${pad(Math.floor((total % 3600) / 60))}:${pad(total % 60)}`
}

/** Seconds, or undefined when the text is no time. Indonesian readers may write points: `2.00.00`. */
export function parsedDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,4})[:.])?(\d{1,4})[:.]([0-5]\d)$/.exec(text.trim())
  if (!match) return undefined
  const [, hours, minutes, seconds] = match
  if (hours !== undefined && Number(minutes) > 59) return undefined
  return Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds)
}
