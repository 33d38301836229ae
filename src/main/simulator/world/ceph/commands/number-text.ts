/** Numbers as Ceph's tools print them. */

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const countUnits = ['', 'k', 'M', 'G']

/** `316 MiB`, `4.2 GiB`, `0 B`. */
export function bytesText(bytes: number): string {
  return scaledText(bytes, 1024, byteUnits, ' ')
}

/** `3.96k`, `84`. */
export function countText(count: number): string {
  return scaledText(count, 1000, countUnits, '')
}

/** Two decimals or as many as fit into seven characters; none for whole multiples. */
function scaledText(value: number, base: number, units: readonly string[], space: string): string {
  let index = 0
  let rest = Math.floor(value)
  while (rest >= base && index < units.length - 1) {
    rest = Math.floor(rest / base)
    index += 1
  }
  const unit = `${space}${units[index] ?? ''}`
  if (index === 0) return `${Math.floor(value)}${unit}`
  const scaled = Math.floor(value) / base ** index
  if (Number.isInteger(scaled)) return `${scaled}${unit}`
  const texts = [2, 1, 0].map((decimals) => `${scaled.toFixed(decimals)}${unit}`)
  return texts.find((text) => text.length <= 7) ?? (texts.at(-1) as string)
}

/** `0.879512s`, `80s`, `3m`, `2h`, `5d`: units change after two of the next. */
export function ageText(seconds: number): string {
  if (seconds < 2) return `${Number(Math.max(0, seconds).toPrecision(6))}s`
  const whole = Math.floor(seconds)
  if (whole < 120) return `${whole}s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 120) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  return days < 14 ? `${days}d` : `${Math.floor(days / 7)}w`
}

/** A share in percent with three decimals. */
export function percentText(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(3)}%`
}
