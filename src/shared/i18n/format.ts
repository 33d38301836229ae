/** Numbers, durations and dates as each language writes them. Files for other programs (CSV, JSON) do not use these. */
import type { Language } from './catalogue.ts'

const noBreakSpace = '\u00a0'

export interface Format {
  readonly language: Language
  /** At most `maxDigits` decimals (default 0). */
  number(value: number, maxDigits?: number): string
  /** Exactly `digits` decimals. */
  fixed(value: number, digits: number): string
  /** `97,73 %`; the caller chooses as many decimals as the method gives. */
  percent(value: number, digits: number): string
  /** Whole seconds in the two largest units: `3 m 12 d` (Indonesian), `3 m 12 s` (English). */
  duration(seconds: number): string
  /** Seconds with one decimal below a minute, else as `duration`. */
  preciseDuration(seconds: number): string
  /** Position in a run: `05:12:33`. */
  position(seconds: number): string
  /** A moment: `20 Nov 2026 18.21 WIB` (Indonesian), `2026-11-20 18:21` (English); the time zone is the reader's. */
  dateTime(iso: string): string
  /** Memory given in MiB: `512 MiB`, `4 GiB`. */
  memory(mib: number): string
}

const unitSigns = {
  en: { day: 'd', hour: 'h', minute: 'm', second: 's' },
  id: { day: 'hr', hour: 'j', minute: 'm', second: 'd' },
} as const

export function createFormat(language: Language): Format {
  const signs = unitSigns[language]
  const locale = language === 'id' ? 'id-ID' : 'en-GB'

  // Making one costs a hundred times as much as using it, and tables have thousands of numbers.
  const made = new Map<string, Intl.NumberFormat>()
  const withDigits = (least: number, most: number): Intl.NumberFormat => {
    const key = `${least} ${most}`
    const known = made.get(key)
    if (known !== undefined) return known
    const created = new Intl.NumberFormat(locale, {
      minimumFractionDigits: least,
      maximumFractionDigits: most,
    })
    made.set(key, created)
    return created
  }
  const number = (value: number, maxDigits = 0): string => withDigits(0, maxDigits).format(value)
  const fixed = (value: number, digits: number): string => withDigits(digits, digits).format(value)

  const duration = (seconds: number): string => {
    const total = Math.max(0, Math.round(seconds))
    const parts: readonly (readonly [number, string])[] = [
      [Math.floor(total / 86_400), signs.day],
      [Math.floor((total % 86_400) / 3600), signs.hour],
      [Math.floor((total % 3600) / 60), signs.minute],
      [total % 60, signs.second],
    ]
    const firstUsed = parts.findIndex(([amount]) => amount > 0)
    if (firstUsed === -1) return `0${noBreakSpace}${signs.second}`
    return parts
      .slice(firstUsed, firstUsed + 2)
      .filter(([amount], position) => position === 0 || amount > 0)
      .map(([amount, sign]) => `${number(amount)}${noBreakSpace}${sign}`)
      .join(noBreakSpace)
  }

  return {
    language,
    number,
    fixed,
    percent: (value, digits) => `${fixed(value, digits)}${noBreakSpace}%`,
    duration,
    preciseDuration: (seconds) =>
      seconds < 60 ? `${fixed(seconds, 1)}${noBreakSpace}${signs.second}` : duration(seconds),
    position,
    dateTime: (iso) => dateTime(language, iso),
    memory: (mib) =>
      mib < 1024 ? `${number(mib)}${noBreakSpace}MiB` : `${number(mib / 1024, 1)}${noBreakSpace}GiB`,
  }
}

function position(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds))
  const pad = (value: number): string => String(value).padStart(2, '0')
  return `${pad(Math.floor(total / 3600))}:${pad(Math.floor((total % 3600) / 60))}:${pad(total % 60)}`
}

function dateTime(language: Language, iso: string): string {
  const moment = new Date(iso)
  if (Number.isNaN(moment.getTime())) return iso
  if (language === 'en') {
    // The Swedish locale writes dates in ISO order.
    return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' }).format(moment)
  }
  const day = new Intl.DateTimeFormat('id-ID', { day: 'numeric', month: 'short', year: 'numeric' })
  const time = new Intl.DateTimeFormat('id-ID', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  return `${day.format(moment)} ${time.format(moment)}`
}
