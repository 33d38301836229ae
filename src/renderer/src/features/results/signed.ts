import type { Format } from '../../../../shared/i18n/format.ts'

/** A difference always shows its direction: `+0,519`, `-1,204`, `0,000`. */
export function signed(value: number, digits: number, format: Format): string {
  const rounded = Number(value.toFixed(digits))
  if (rounded === 0) return format.fixed(0, digits)
  return `${rounded > 0 ? '+' : '-'}${format.fixed(Math.abs(rounded), digits)}`
}
