import { type OutcomeCode, outcomeClassOf, outcomes } from '../../shared/domain/sample.ts'
import type { Clock } from '../contracts/clock.ts'
import { repeatedConnectMs } from './connect-patience.ts'
import { type EngineLane, ProbeLane, type SampleRun, type Underway } from './probe-lane.ts'
import { ProbeSchedule } from './schedule.ts'

/** A wake-up this late is a stall of the observer: answers may lie unread, so no verdict is passed on silence. */
const stallMs = 20

/** From here on a stall is a sleeping computer. Its probes under way tell about the computer, not the target. */
const suspensionMs = 2000

/** Longest sleep of the engine: how soon it notices that it was told to end. A signal that interrupts the sleep would
 * cost a tenth of a probe each time. */
const longestSleepMs = 200

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
  readonly #lanes: readonly ProbeLane[]
  readonly #schedule: ProbeSchedule
  /** Lanes with ticks under way; with quick answers few of many. */
  readonly #busy = new Set<ProbeLane>()
  #plannedWakeMs = Number.POSITIVE_INFINITY
  /** Last moment at which the event loop certainly ran. */
  #lastTurnMs: number
  #lastStall: Stall = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY }
  #verdictsDeferred = false
  #wallOffsetMs: number
  #wallCheckedMs: number

  constructor(clock: Clock, lanes: readonly EngineLane[], sink: (run: SampleRun) => void) {
    this.#clock = clock
    this.#lanes = lanes.map((lane, position) => new ProbeLane(lane, position, sink, this.#busy))
    this.#schedule = new ProbeSchedule(
      lanes.map(({ series }) => series),
      {
        onDue: (position, tick) => this.#send(this.#lanes[position] as ProbeLane, tick),
        onSkipped: (position, fromTick, toTick, outcome) =>
          (this.#lanes[position] as ProbeLane).skip(fromTick, toTick, outcome),
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
        await this.#clock.sleepUntil(this.#plannedWakeMs)
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
  }

  #isFinished(): boolean {
    return this.#busy.size === 0 && this.#schedule.nextDueMs() === undefined
  }

  #nextWakeMs(): number {
    const nowMs = this.#clock.nowMs()
    // After a stall the event loop gets one turn to read what has arrived before silence is judged.
    let wakeMs = nowMs + (this.#verdictsDeferred ? 1 : longestSleepMs)
    wakeMs = Math.min(wakeMs, this.#schedule.nextDueMs() ?? Number.POSITIVE_INFINITY)
    for (const lane of this.#busy) wakeMs = Math.min(wakeMs, lane.firstExpiryMs())
    return wakeMs
  }

  #wake(nowMs: number): void {
    const lateMs = nowMs - this.#plannedWakeMs
    const stalled = lateMs > stallMs
    if (stalled) this.#lastStall = { fromMs: this.#lastTurnMs, toMs: nowMs }
    if (lateMs > suspensionMs || this.#wallJumped(nowMs, stalled)) {
      for (const lane of this.#busy) lane.voidUnderway()
    }
    this.#verdictsDeferred = stalled && !this.#verdictsDeferred
    if (!this.#verdictsDeferred) for (const lane of this.#busy) lane.giveUpExpired(nowMs)
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

  #send(lane: ProbeLane, tick: number): void {
    const probe = lane.begin(tick, (outcome, rttUs) => this.#judge(lane, probe, outcome, rttUs))
    if (lane.sendsWithinMs === 0) probe.sentMs = this.#clock.nowMs()
    lane.send(probe)
  }

  #judge(lane: ProbeLane, probe: Underway, outcome: OutcomeCode, measuredUs: number | undefined): void {
    if (probe.outcome !== undefined) return
    const nowMs = this.#clock.nowMs()
    const sentMs = probe.sentMs ?? probe.dueMs
    const rttUs = Math.max(1, Math.round(measuredUs ?? (nowMs - sentMs) * 1000))
    const isLate = outcome === outcomes.late || rttUs > lane.series.deadlineMs * 1000
    if (outcomeClassOf(outcome) === 'void' || outcome === outcomes['bad:timeout'])
      lane.settle(probe, outcome, 0)
    else if (!isLate) lane.settle(probe, outcome, rttUs)
    else if (outcomeClassOf(outcome) === 'bad') lane.settle(probe, outcomes['bad:timeout'], 0)
    else if (measuredUs === undefined && this.#wasBlindAt(sentMs + limitMsOf(lane, outcome), nowMs))
      lane.settle(probe, outcomes['void:missed'], 0)
    else lane.settle(probe, outcomes.late, rttUs)
    this.#lastTurnMs = nowMs
  }

  /** True when the event loop stood still over the moment, so that what it reads now may have come before it. */
  #wasBlindAt(momentMs: number, nowMs: number): boolean {
    const isStalled = nowMs - this.#plannedWakeMs > stallMs
    const stall = isStalled ? { fromMs: this.#lastTurnMs, toMs: nowMs } : this.#lastStall
    return stall.fromMs <= momentMs && momentMs < stall.toMs
  }
}

/** How long after its sending an answer is in time, in milliseconds. */
function limitMsOf({ series }: ProbeLane, outcome: OutcomeCode): number {
  return outcome === outcomes.late ? Math.min(repeatedConnectMs, series.deadlineMs) : series.deadlineMs
}
