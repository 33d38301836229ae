import type { Clock } from '../../contracts/clock.ts'

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The clock on the wall of the lab, which all nodes share; it counts whole seconds. */
export class WallTime {
  readonly #epochMs: number
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
    this.#epochMs = Date.parse(clock.wallTime()) - clock.nowMs()
  }

  seconds(): number {
    return this.secondsAt(this.#clock.nowMs())
  }

  secondsAt(atMs: number): number {
    return Math.floor((this.#epochMs + atMs) / 1000)
  }

  /** Of the lab's own time, from milliseconds since 1970. */
  atMs(wallMs: number): number {
    return wallMs - this.#epochMs
  }

  /** `Fri 2026-11-20 12:26:19 UTC` */
  unitStamp(seconds: number): string {
    const date = new Date(seconds * 1000)
    const [day, time] = date.toISOString().split('T')
    return `${dayNames[date.getUTCDay()]} ${day} ${time?.slice(0, 8)} UTC`
  }

  date(): Date {
    return new Date(this.#epochMs + this.#clock.nowMs())
  }

  /** `Fri Nov 20 12:35:01 2026`, as Perl prints a local time; nodes live in UTC. */
  spelled(seconds: number): string {
    const date = new Date(seconds * 1000)
    const day = String(date.getUTCDate()).padStart(2)
    return `${dayNames[date.getUTCDay()]} ${monthNames[date.getUTCMonth()]} ${day} ${clockText(date)} ${date.getUTCFullYear()}`
  }

  /** `Nov 20 12:35:01`, as journals print it. */
  journalStamp(seconds: number): string {
    const date = new Date(seconds * 1000)
    return `${monthNames[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, '0')} ${clockText(date)}`
  }

  /** `2026-11-20 12:35:01`, as task logs print it. */
  stamp(seconds: number): string {
    return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  }
}

function clockText(date: Date): string {
  return date.toISOString().slice(11, 19)
}
