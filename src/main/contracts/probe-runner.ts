/** Runs series of probes on their absolute schedules, open loop: no probe waits for another's answer. */
import type { Sample, Series } from '../../shared/domain/sample.ts'

/**
 * Receives samples in tick order per series, each tick exactly once (a missed tick arrives as void).
 * Must be quick: the runner calls it between probes.
 */
export type SampleSink = (series: Series, sample: Sample) => void

export interface ProbeRunner {
  /**
   * Starts all series. `Series.originMs` is on the time axis of the clock the runner was made with.
   * Rejects with a Problem when a probe cannot work at all on this machine.
   */
  start(series: readonly Series[], sink: SampleSink): Promise<ProbeSession>
}

export interface ProbeSession {
  /** Ends the series before tick `floor((endMs - originMs) / intervalMs)` rounded up, that is: all ticks due
   * before `endMs` are delivered, none after. Resolves when the last sample was delivered. */
  stop(endMs: number): Promise<void>
}
