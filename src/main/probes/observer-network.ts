import { outcomeClassOf, outcomes, type Series } from '../../shared/domain/sample.ts'
import type { SampleRun } from './probe-lane.ts'

/** Subject of a series whose address no fault touches and that must therefore always answer. */
export const controlSubject = 'control'

interface Mark {
  readonly atMs: number
  readonly isBad: boolean
}

type Truth = 'yes' | 'no' | 'unknown'

/**
 * Tells a broken path of the observer from broken targets: when a control series is bad or late at the same time as
 * every target, it is the path, and those samples become `void:observer-network`.
 *
 * A series is bad at a moment when its sample before or its sample after that moment is bad or late: a cut that
 * began between two samples of a slow control series still counts from its beginning. To see the sample after, bad
 * samples (and those behind them in their series) wait until it is in, a second at 1 Hz; a good sample with nothing
 * before it passes at once. One good target is enough to keep all as they are. Without a control series, or with
 * nothing but control series, everything passes as it is.
 */
export class ObserverNetworkFilter {
  readonly #lanes: readonly FilterLane[]
  readonly #controls: readonly FilterLane[]
  readonly #targets: readonly FilterLane[]
  readonly #forward: (run: SampleRun) => void
  readonly #isIdle: boolean
  #ended = false

  constructor(series: readonly Series[], forward: (run: SampleRun) => void) {
    this.#lanes = series.map((one) => new FilterLane(one))
    this.#controls = this.#lanes.filter((lane) => lane.series.subject === controlSubject)
    this.#targets = this.#lanes.filter((lane) => lane.series.subject !== controlSubject)
    this.#forward = forward
    this.#isIdle = this.#controls.length === 0 || this.#targets.length === 0
  }

  push(run: SampleRun): void {
    const lane = this.#lanes[run.position]
    if (this.#isIdle || lane === undefined) {
      this.#forward(run)
      return
    }
    const isBad = lane.mark(run)
    if (!isBad && lane.held.length === 0) this.#forward(run)
    else lane.held.push(run)
  }

  /** Passes on what can be decided by now. Called some times a second rather than per sample. */
  drain(): void {
    let oldestMs = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      for (;;) {
        const first = lane.held[0]
        if (first === undefined) break
        const verdict = this.#judge(lane, first)
        if (verdict === 'unknown') {
          oldestMs = Math.min(oldestMs, lane.momentOf(first))
          break
        }
        lane.held.shift()
        this.#forward(verdict === 'yes' ? { ...first, outcome: outcomes['void:observer-network'] } : first)
      }
    }
    for (const lane of this.#lanes) lane.forgetBefore(oldestMs)
  }

  /** No more samples will come: what waited for them is decided without. */
  end(): void {
    this.#ended = true
    this.drain()
  }

  #judge(lane: FilterLane, run: SampleRun): Truth {
    if (!isBadOrLate(run)) return 'no'
    const atMs = lane.momentOf(run)
    let answer: Truth = 'no'
    for (const control of this.#controls) {
      const controlState = control === lane ? 'yes' : control.isBadAt(atMs, this.#ended)
      if (controlState === 'yes') {
        answer = 'yes'
        break
      }
      if (controlState === 'unknown') answer = 'unknown'
    }
    if (answer === 'no') return 'no'
    for (const target of this.#targets) {
      const targetState = target === lane ? 'yes' : target.isBadAt(atMs, this.#ended)
      if (targetState === 'no') return 'no'
      if (targetState === 'unknown') answer = 'unknown'
    }
    return answer
  }
}

class FilterLane {
  readonly series: Series
  readonly held: SampleRun[] = []
  /** In time order; those needed for samples that are still held, and the last one. */
  #marks: Mark[] = []

  constructor(series: Series) {
    this.series = series
  }

  momentOf(run: SampleRun): number {
    return this.series.originMs + run.tick * this.series.intervalMs + run.latenessUs / 1000
  }

  /** Notes the sample; true when it is bad or late. */
  mark(run: SampleRun): boolean {
    const isBad = isBadOrLate(run)
    const atMs = this.momentOf(run)
    this.#marks.push({ atMs, isBad })
    // A stretch of skipped ticks reaches to its last one.
    if (run.count > 1) this.#marks.push({ atMs: atMs + (run.count - 1) * this.series.intervalMs, isBad })
    return isBad
  }

  isBadAt(atMs: number, ended: boolean): Truth {
    const afterIndex = this.#marks.findIndex((mark) => mark.atMs > atMs)
    const before = this.#marks.at(afterIndex === -1 ? -1 : afterIndex - 1)
    if (afterIndex !== 0 && before?.isBad === true) return 'yes'
    if (afterIndex === -1) return ended ? 'no' : 'unknown'
    return this.#marks[afterIndex]?.isBad === true ? 'yes' : 'no'
  }

  forgetBefore(momentMs: number): void {
    // The last mark before the moment stays: it is the sample before it.
    let first = 0
    while (first + 1 < this.#marks.length && (this.#marks[first + 1] as Mark).atMs <= momentMs) first++
    if (first > 0) this.#marks = this.#marks.slice(first)
  }
}

function isBadOrLate(run: SampleRun): boolean {
  const outcomeClass = outcomeClassOf(run.outcome)
  return outcomeClass === 'bad' || outcomeClass === 'late'
}
