import assert from 'node:assert'
import { type OutcomeCode, outcomes, type Series } from '../../shared/domain/sample.ts'
import type { ProbeAttempt, Prober } from './prober.ts'

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

/** A tick that has its place in the queue of its series; final once `outcome` is set. */
export interface Underway {
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
export class ProbeLane {
  readonly series: EngineSeries
  readonly #prober: Prober
  readonly #position: number
  readonly #sink: (run: SampleRun) => void
  readonly #busy: Set<ProbeLane>
  readonly #queue: Underway[] = []

  constructor(lane: EngineLane, position: number, sink: (run: SampleRun) => void, busy: Set<ProbeLane>) {
    this.#busy = busy
    this.series = lane.series
    this.#prober = lane.prober
    this.#position = position
    this.#sink = sink
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
    this.#busy.add(this)
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
    if (this.#queue.length === 0) this.#busy.delete(this)
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
      if (first === undefined) this.#busy.delete(this)
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
