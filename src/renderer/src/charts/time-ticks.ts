/** Round moments for a time axis. */
import type { TimeWindow } from './time-window.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const steps = [
  second,
  2 * second,
  5 * second,
  10 * second,
  15 * second,
  30 * second,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
]

/** Multiples of a round step inside the window, at most `most` of them (and at least one step apart). */
export function timeTicks(window: TimeWindow, most: number): readonly number[] {
  const span = window.toMs - window.fromMs
  if (!(span > 0)) return [window.fromMs]
  const step = steps.find((candidate) => span / candidate <= most) ?? Math.ceil(span / most / hour) * hour
  const ticks: number[] = []
  for (let at = Math.ceil(window.fromMs / step) * step; at <= window.toMs; at += step) ticks.push(at)
  return ticks
}

/** `7:05` for hours and minutes, `7:05:09` when seconds are wanted; negative before the window. */
export function clockLabel(ms: number, withSeconds: boolean): string {
  const sign = ms < 0 ? '-' : ''
  const total = Math.round(Math.abs(ms) / second)
  const hours = Math.floor(total / 3600)
  const minutes = Math.floor((total % 3600) / 60)
  const start = `${sign}${hours}:${String(minutes).padStart(2, '0')}`
  return withSeconds ? `${start}:${String(total % 60).padStart(2, '0')}` : start
}
