/** What one kind of probe must be able to do; the engine does the rest: when, how long, and what counts. */
import type { OutcomeCode } from '../../shared/domain/sample.ts'

/** One tick of one series, from its due time until its sample is final. */
export interface ProbeAttempt {
  readonly tick: number
  readonly dueMs: number
  /**
   * When the probe left. Set by the engine to the moment of `send`; a prober with `sendsWithinMs` above zero
   * sets it itself when it knows, never before `dueMs`.
   */
  sentMs: number | undefined
  /**
   * Hands in the answer, `ok` or a `bad:*` or `void:*` reason; the first one counts. Whether it is in time is
   * decided by the engine, from its own clock or, where the prober has a better one, from `rttUs`. `late` is for a
   * prober that knows of an answer within the deadline that it was none when the probe left.
   */
  answer(outcome: OutcomeCode, rttUs?: number): void
}

export interface Prober {
  /** Longest time between a tick's due time and its probe, by design: 0 where `send` is the moment it leaves. */
  readonly sendsWithinMs: number
  /** Sends a probe without waiting for anything. Returns what gives it up and frees what it holds. */
  send(attempt: ProbeAttempt): () => void
  /** Frees what all probes share. */
  close(): void
}
