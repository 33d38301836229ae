/** Times at which jobs run, as systemd writes them: days, and hours and minutes as lists, ranges and steps. */

export interface Schedule {
  /** 0 is Sunday. */
  readonly days: ReadonlySet<number>
  /** Of the month; undefined for every one. */
  readonly date: ReadonlySet<number> | undefined
  readonly hours: ReadonlySet<number>
  readonly minutes: ReadonlySet<number>
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const words: Readonly<Record<string, string>> = {
  minutely: '*:*',
  hourly: '*:00',
  daily: '00:00',
  weekly: 'mon 00:00',
  monthly: '*-*-1 00:00',
}

/** Undefined for what cannot be read, and for years and months. */
export function scheduleOf(given: string): Schedule | undefined {
  const parts = (words[given.trim()] ?? given.trim().toLowerCase()).split(/\s+/)
  const time = parts.at(-1)?.includes(':') || /^[\d*/,.]+$/.test(parts.at(-1) ?? '') ? parts.pop() : '00:00'
  const dateText =
    parts.at(-1)?.includes('-') === true && /^[\d*-]/.test(parts.at(-1) ?? '') ? parts.pop() : undefined
  const days = parts.length === 0 ? new Set([0, 1, 2, 3, 4, 5, 6]) : daysOf(parts.join(','))
  const [first = '', second] = (time ?? '').split(':')
  const hours = second === undefined ? numbersOf('*', 24) : numbersOf(first, 24)
  const minutes = numbersOf(second ?? first, 60)
  const date = dateText === undefined ? undefined : numbersOf(dateText.split('-').at(-1) ?? '', 32)
  const isKnown = dateText === undefined || /^(\*-)*\S+$/.test(dateText)
  if (days === undefined || hours === undefined || minutes === undefined || !isKnown) return undefined
  if (dateText !== undefined && date === undefined) return undefined
  return { days, date, hours, minutes }
}

function daysOf(text: string): ReadonlySet<number> | undefined {
  const days = new Set<number>()
  for (const part of text.split(',').filter(Boolean)) {
    const [from = '', to = from] = part.split('..')
    const [first, last] = [from, to].map((name) => dayNames.findIndex((day) => name.startsWith(day)))
    if (first === undefined || last === undefined || first < 0 || last < 0) return undefined
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day)
      if (day === last) break
    }
  }
  return days
}

/** `*`, `*\/15`, `0/2`, `8..17`, `1,3`: of those below `limit`. */
function numbersOf(text: string, limit: number): ReadonlySet<number> | undefined {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const [, from = '', to, step] = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(part) ?? []
    if (from === '') return undefined
    const first = from === '*' ? 0 : Number(from)
    const every = step === undefined ? undefined : Number(step)
    const last = to === undefined ? (every === undefined && from !== '*' ? first : limit - 1) : Number(to)
    if (first >= limit || last >= limit || every === 0) return undefined
    for (let number = first; number <= last; number += every ?? 1) numbers.add(number)
  }
  return numbers
}

/** Minutes in which a next time is looked for: every day comes within a year. */
const searchedDays = 366

/** The first time after that moment, in seconds since 1970; undefined where there is none within a year. */
export function nextOf({ days, date, hours, minutes }: Schedule, afterSeconds: number): number | undefined {
  const start = Math.floor(afterSeconds / 60) * 60 + 60
  for (let day = 0; day <= searchedDays; day++) {
    const midnight = (Math.floor(start / 86_400) + day) * 86_400
    const at = new Date(midnight * 1000)
    if (!days.has(at.getUTCDay()) || date?.has(at.getUTCDate()) === false) continue
    for (const hour of [...hours].sort((one, other) => one - other))
      for (const minute of [...minutes].sort((one, other) => one - other)) {
        const seconds = midnight + hour * 3600 + minute * 60
        if (seconds >= start) return seconds
      }
  }
  return undefined
}
