import assert from 'node:assert'
import { type OutcomeCode, outcomeClassOf, outcomes, type Series } from '../../shared/domain/sample.ts'
import type { Clock } from '../contracts/clock.ts'
import type { ProbeAttempt, Prober } from './prober.ts'
import { ProbeSchedule } from './schedule.ts'

/** Samples of one series in a row that differ in their tick only; `count` is above 1 for skipped ticks alone. */
export interface SampleRun {
  /** Place of the series in the engine's list. */
  readonly position: number
  readonly tick: number
  readonly count: number
  readonly latenessUs: number
  readonly rttUs: number
  readonly outcome: OutcomeCode
}

export type EngineSeries = Pick<Series, 'originMs' | 'intervalMs' | 'deadlineMs'>

export interface EngineLane {
  readonly series: EngineSeries
  readonly prober: Prober
  /** First tick to send; those before it belong to somebody else. */
  readonly firstTick?: number
}

/**
 * How long an answer is waited for, in deadlines. What comes after the first deadline is late; what comes after
 * the second is not waited for, which bounds the probes a series has under way to `ceil(2 W / T) + 1`.
 */
export const deadlinesListened = 2

/** A wake-up this late is a stall of the observer: answers may lie unread, so no verdict is passed on silence. */
const stallMs = 20

/** From here on a stall is a sleeping computer. Its probes under way tell about the computer, not the target. */
const suspensionMs = 2000

/** How often the wall clock is compared with the monotonic one, and the step between them that means suspension
 * on systems whose monotonic clock stands still meanwhile (Linux). */
const wallCheckMs = 100

interface Stall {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Runs all series on one schedule, open loop, and turns answers into samples: each tick of a series exactly
 * once and in order. Who drives it must not block: a sink that is slow makes probes late.
 */
export class ProbeEngine {
  readonly #clock: Clock
  readonly #lanes: readonly Lane[]
  readonly #schedule: ProbeSchedule
  #plannedWakeMs = Number.POSITIVE_INFINITY
  #rearm = new AbortController()
  /** Last moment at which the event loop certainly ran. */
  #lastTurnMs: number
  #lastStall: Stall = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY }
  #verdictsDeferred = false
  #wallOffsetMs: number
  #wallCheckedMs: number

  constructor(clock: Clock, lanes: readonly EngineLane[], sink: (run: SampleRun) => void) {
    this.#clock = clock
    this.#lanes = lanes.map((lane, position) => new Lane(lane, position, sink))
    this.#schedule = new ProbeSchedule(
      lanes.map(({ series }) => series),
      {
        onDue: (position, tick) => this.#send(this.#lanes[position] as Lane, tick),
        onSkipped: (position, fromTick, toTick, outcome) =>
          (this.#lanes[position] as Lane).skip(fromTick, toTick, outcome),
      },
      lanes.map(({ firstTick }) => firstTick ?? 0),
    )
    this.#lastTurnMs = clock.nowMs()
    this.#wallCheckedMs = this.#lastTurnMs
    this.#wallOffsetMs = this.#wallOffset(this.#lastTurnMs)
  }

  /** Resolves when every tick before the end given to `stop` has its sample. */
  async run(): Promise<void> {
    try {
      while (!this.#isFinished()) {
        this.#plannedWakeMs = this.#nextWakeMs()
        this.#rearm = new AbortController()
        const { signal } = this.#rearm
        await this.#clock.sleepUntil(this.#plannedWakeMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error
          this.#plannedWakeMs = Number.POSITIVE_INFINITY
        })
        this.#wake(this.#clock.nowMs())
      }
    } finally {
      for (const lane of this.#lanes) lane.close()
    }
  }

  /** Ends all series: ticks before `endTicks[i]` of series i still get their sample, that one and later ones none. */
  stop(endTicks: readonly number[]): void {
    this.#schedule.endAt(endTicks)
    this.#lanes.forEach((lane, position) => {
      lane.dropFrom(endTicks[position] ?? Number.POSITIVE_INFINITY)
    })
    this.#rearm.abort()
  }

  #isFinished(): boolean {
    return this.#schedule.nextDueMs() === undefined && this.#lanes.every((lane) => lane.isEmpty)
  }

  #nextWakeMs(): number {
    let wakeMs = this.#schedule.nextDueMs() ?? Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) wakeMs = Math.min(wakeMs, lane.firstExpiryMs())
    // After a stall the event loop gets one turn to read what has arrived before silence is judged.
    return this.#verdictsDeferred ? Math.min(wakeMs, this.#clock.nowMs() + 1) : wakeMs
  }

  #wake(nowMs: number): void {
    const lateMs = nowMs - this.#plannedWakeMs
    const stalled = lateMs > stallMs
    if (stalled) this.#lastStall = { fromMs: this.#lastTurnMs, toMs: nowMs }
    if (lateMs > suspensionMs || this.#wallJumped(nowMs, stalled)) {
      for (const lane of this.#lanes) lane.voidUnderway()
    }
    this.#verdictsDeferred = stalled && !this.#verdictsDeferred
    if (!this.#verdictsDeferred) for (const lane of this.#lanes) lane.giveUpExpired(nowMs)
    this.#schedule.advance(nowMs)
    this.#lastTurnMs = this.#clock.nowMs()
  }

  /** True when wall time ran ahead of monotonic time: the computer slept, or somebody set its clock forward. */
  #wallJumped(nowMs: number, atOnce: boolean): boolean {
    if (!atOnce && nowMs - this.#wallCheckedMs < wallCheckMs) return false
    const offsetMs = this.#wallOffset(nowMs)
    const stepMs = offsetMs - this.#wallOffsetMs
    this.#wallOffsetMs = offsetMs
    this.#wallCheckedMs = nowMs
    return stepMs > suspensionMs
  }

  #wallOffset(nowMs: number): number {
    return Date.parse(this.#clock.wallTime()) - nowMs
  }

  #send(lane: Lane, tick: number): void {
    const probe = lane.begin(tick, (outcome, rttUs) => this.#judge(lane, probe, outcome, rttUs))
    if (lane.sendsWithinMs === 0) probe.sentMs = this.#clock.nowMs()
    lane.send(probe)
  }

  #judge(lane: Lane, probe: Underway, outcome: OutcomeCode, measuredUs: number | undefined): void {
    if (probe.outcome !== undefined) return
    const nowMs = this.#clock.nowMs()
    const sentMs = probe.sentMs ?? probe.dueMs
    const rttUs = Math.max(1, Math.round(measuredUs ?? (nowMs - sentMs) * 1000))
    const isLate = rttUs > lane.series.deadlineMs * 1000
    if (outcomeClassOf(outcome) === 'void' || outcome === outcomes['bad:timeout'])
      lane.settle(probe, outcome, 0)
    else if (!isLate) lane.settle(probe, outcome, rttUs)
    else if (outcome !== outcomes.ok) lane.settle(probe, outcomes['bad:timeout'], 0)
    else if (measuredUs === undefined && this.#wasBlindAt(sentMs + lane.series.deadlineMs, nowMs))
      lane.settle(probe, outcomes['void:missed'], 0)
    else lane.settle(probe, outcomes.late, rttUs)
    this.#lastTurnMs = nowMs
    if (this.#isFinished()) this.#rearm.abort()
  }

  /** True when the event loop stood still over the moment, so that what it reads now may have come before it. */
  #wasBlindAt(momentMs: number, nowMs: number): boolean {
    const isStalled = nowMs - this.#plannedWakeMs > stallMs
    const stall = isStalled ? { fromMs: this.#lastTurnMs, toMs: nowMs } : this.#lastStall
    return stall.fromMs <= momentMs && momentMs < stall.toMs
  }
}

/** A tick that has its place in the queue of its series; final once `outcome` is set. */
interface Underway {
  readonly tick: number
  readonly count: number
  readonly dueMs: number
  sentMs: number | undefined
  outcome: OutcomeCode | undefined
  rttUs: number
  abandon: () => void
  answer: ProbeAttempt['answer']
}

const nothingToAbandon = () => {}

/** One series: its ticks under way in order, so that samples leave in order whatever order answers come in. */
class Lane {
  readonly series: EngineSeries
  readonly #prober: Prober
  readonly #position: number
  readonly #sink: (run: SampleRun) => void
  readonly #queue: Underway[] = []

  constructor(lane: EngineLane, position: number, sink: (run: SampleRun) => void) {
    this.series = lane.series
    this.#prober = lane.prober
    this.#position = position
    this.#sink = sink
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  get sendsWithinMs(): number {
    return this.#prober.sendsWithinMs
  }

  begin(tick: number, answer: ProbeAttempt['answer']): Underway {
    const dueMs = this.series.originMs + tick * this.series.intervalMs
    const probe: Underway = {
      tick,
      count: 1,
      dueMs,
      sentMs: undefined,
      outcome: undefined,
      rttUs: 0,
      abandon: nothingToAbandon,
      answer,
    }
    this.#queue.push(probe)
    return probe
  }

  send(probe: Underway): void {
    const abandon = this.#prober.send(probe)
    if (probe.outcome === undefined) probe.abandon = abandon
  }

  skip(fromTick: number, toTick: number, outcome: OutcomeCode): void {
    const probe = this.begin(fromTick, () => {})
    this.#queue[this.#queue.length - 1] = { ...probe, count: toTick - fromTick, outcome }
    this.#deliver()
  }

  settle(probe: Underway, outcome: OutcomeCode, rttUs: number): void {
    probe.outcome = outcome
    probe.rttUs = rttUs
    probe.abandon = nothingToAbandon
    this.#deliver()
  }

  /** Moment at which the oldest probe under way is no longer waited for. */
  firstExpiryMs(): number {
    const first = this.#queue[0]
    return first === undefined ? Number.POSITIVE_INFINITY : this.#expiryMs(first)
  }

  giveUpExpired(nowMs: number): void {
    // The first in the queue is never final: final ones are delivered at once.
    for (;;) {
      const first = this.#queue[0]
      if (first === undefined || this.#expiryMs(first) > nowMs) return
      first.abandon()
      // A prober that sends by itself and has not said when has not sent: nothing is known about the target.
      this.settle(first, first.sentMs === undefined ? outcomes['void:missed'] : outcomes['bad:timeout'], 0)
    }
  }

  voidUnderway(): void {
    for (const probe of [...this.#queue]) {
      if (probe.outcome !== undefined) continue
      probe.abandon()
      this.settle(probe, outcomes['void:suspended'], 0)
    }
  }

  /** Forgets probes from this tick on, for a series that is ended after the fact. */
  dropFrom(endTick: number): void {
    const keep = this.#queue.findIndex((probe) => probe.tick >= endTick)
    if (keep === -1) return
    for (const probe of this.#queue.splice(keep)) probe.abandon()
  }

  close(): void {
    this.#prober.close()
  }

  #expiryMs(probe: Underway): number {
    return (
      (probe.sentMs ?? probe.dueMs + this.#prober.sendsWithinMs) + deadlinesListened * this.series.deadlineMs
    )
  }

  #deliver(): void {
    for (;;) {
      const first = this.#queue[0]
      if (first?.outcome === undefined) return
      this.#queue.shift()
      const latenessMs = first.sentMs === undefined ? 0 : first.sentMs - first.dueMs
      assert(latenessMs >= 0, 'probe sent before its time')
      this.#sink({
        position: this.#position,
        tick: first.tick,
        count: first.count,
        latenessUs: Math.round(latenessMs * 1000),
        rttUs: first.rttUs,
        outcome: first.outcome,
      })
    }
  }
}
