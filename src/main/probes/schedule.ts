import { type OutcomeCode, outcomes, type Series, scheduledMsOf } from '../../shared/domain/sample.ts'
import { EventQueue } from '../base/event-queue.ts'

/** What a schedule needs to know of a series: tick k is due at `originMs + k * intervalMs`. */
export type TickSource = Pick<Series, 'originMs' | 'intervalMs'>

export interface TickReceiver {
  /** Tick is due and not yet over: send it now. `position` is the place of the series in the schedule's list. */
  onDue(position: number, tick: number, nowMs: number): void
  /** Ticks [fromTick, toTick) were never sent, because nobody was awake at their time. */
  onSkipped(position: number, fromTick: number, toTick: number, outcome: OutcomeCode): void
}

/** A wake-up later than three intervals and this long is a sleeping computer, not a busy one. */
const shortestSuspensionMs = 2000

/** Number of ticks due before `endMs`. */
export function ticksBefore(series: TickSource, endMs: number): number {
  let count = Math.max(0, Math.ceil((endMs - series.originMs) / series.intervalMs))
  // The division rounds; the due times themselves decide, so that both sides of a run count alike.
  while (count > 0 && scheduledMsOf(series, count - 1) >= endMs) count--
  while (scheduledMsOf(series, count) < endMs) count++
  return count
}

/** `void:suspended` for a wake-up that came `lateMs` after its moment in a series of `intervalMs`, else `void:missed`. */
export function outcomeOfGap(lateMs: number, intervalMs: number): OutcomeCode {
  const isSuspension = lateMs > Math.max(3 * intervalMs, shortestSuspensionMs)
  return isSuspension ? outcomes['void:suspended'] : outcomes['void:missed']
}

/**
 * The due list of all series: absolute deadlines, one timer for all of them. Whoever drives it sleeps until
 * `nextDueMs()` and calls `advance(now)`. A wake-up before the moment sends nothing, so a timer that fires early
 * cannot send a tick twice; a late wake-up sends the latest tick that is due and reports those before it as
 * skipped: a late probe tells about now, not about then, and a burst of old probes would be a load, not a
 * measurement.
 */
export class ProbeSchedule {
  readonly #series: readonly TickSource[]
  readonly #receiver: TickReceiver
  readonly #nextTick: number[]
  readonly #queue = new EventQueue()
  #nowMs = 0
  #endTicks: readonly number[] = []

  /** `firstTicks[i]` is where series i begins, 0 when absent. */
  constructor(series: readonly TickSource[], receiver: TickReceiver, firstTicks: readonly number[] = []) {
    this.#series = series
    this.#receiver = receiver
    this.#nextTick = series.map((_, position) => firstTicks[position] ?? 0)
    for (const position of series.keys()) this.#enqueue(position)
  }

  /** Moment of the next tick of any series; undefined when all have ended. */
  nextDueMs(): number | undefined {
    return this.#queue.nextAtMs()
  }

  /** Sends what is due at `nowMs`, each tick once. */
  advance(nowMs: number): void {
    this.#nowMs = nowMs
    for (;;) {
      const dueMs = this.#queue.nextAtMs()
      if (dueMs === undefined || dueMs > nowMs) return
      this.#queue.take()?.()
    }
  }

  /** `endTicks[i]` is the first tick of series i that is not sent. Those before it are, or reported as skipped. */
  endAt(endTicks: readonly number[]): void {
    this.#endTicks = endTicks
    // The queue is made anew: a series that waits for a tick beyond its end would hold up whoever waits for all.
    while (this.#queue.nextAtMs() !== undefined) this.#queue.take()
    for (const position of this.#series.keys()) this.#enqueue(position)
  }

  #enqueue(position: number): void {
    const series = this.#series[position] as TickSource
    const tick = this.#nextTick[position] as number
    if (tick < this.#endTickOf(position))
      this.#queue.add(scheduledMsOf(series, tick), () => this.#serve(position))
  }

  #endTickOf(position: number): number {
    return this.#endTicks[position] ?? Number.POSITIVE_INFINITY
  }

  #serve(position: number): void {
    const series = this.#series[position] as TickSource
    const next = this.#nextTick[position] as number
    const nowMs = this.#nowMs
    // Everything due until now; `ticksBefore` is exclusive, and a tick due exactly now is due.
    const dueCount = ticksBefore(series, nowMs)
    const latest = scheduledMsOf(series, dueCount) <= nowMs ? dueCount : dueCount - 1
    const endTick = this.#endTickOf(position)
    const current = Math.min(latest, endTick)
    if (current > next) {
      const lateMs = nowMs - scheduledMsOf(series, next)
      this.#receiver.onSkipped(position, next, current, outcomeOfGap(lateMs, series.intervalMs))
    }
    this.#nextTick[position] = current + 1
    if (current < endTick) this.#receiver.onDue(position, current, nowMs)
    this.#enqueue(position)
  }
}
