/** What shows and sets clocks. */
import type { Program } from '../program.ts'

const spelledDay = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

export const date: Program = ({ argv, lab, stdout }) => {
  const now = lab.wallTime.date()
  const format = argv.find((word) => word.startsWith('+'))?.slice(1)
  const iso = now.toISOString()
  if (format === undefined) {
    const [day = '', month = '', dayOfMonth = '', time = '', year = ''] = lab.wallTime
      .spelled(lab.wallTime.seconds())
      .split(/\s+/)
    stdout(
      argv.includes('-Iseconds')
        ? `${iso.slice(0, 19)}+00:00\n`
        : `${day} ${month} ${dayOfMonth.padStart(2)} ${time} UTC ${year}\n`,
    )
    return 0
  }
  const fields: Readonly<Record<string, string>> = {
    '%': '%',
    s: String(Math.floor(now.getTime() / 1000)),
    N: `${String(now.getMilliseconds()).padStart(3, '0')}000000`,
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    a: spelledDay[now.getUTCDay()] ?? '',
    Z: 'UTC',
    z: '+0000',
    n: '\n',
  }
  stdout(`${format.replaceAll(/%(.)/g, (whole, letter: string) => fields[letter] ?? whole)}\n`)
  return 0
}

export const timedatectl: Program = ({ lab, stdout }) => {
  const now = lab.wallTime.date()
  const text = `${spelledDay[now.getUTCDay()]} ${lab.wallTime.stamp(lab.wallTime.seconds())}`
  const rows = [
    ['Local time', `${text} UTC`],
    ['Universal time', `${text} UTC`],
    ['RTC time', text],
    ['Time zone', 'Etc/UTC (UTC, +0000)'],
    ['System clock synchronized', 'yes'],
    ['NTP service', 'active'],
    ['RTC in local TZ', 'no'],
  ] as const
  stdout(rows.map(([name, value]) => `${name.padStart(25)}: ${value}\n`).join(''))
  return 0
}
