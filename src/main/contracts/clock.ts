/** Time as an argument. `nowMs` is monotonic and the only source of durations; wall time is for labels. */
export interface Clock {
  nowMs(): number
  /** ISO 8601 in UTC, for labels and file names only. */
  wallTime(): string
  /** Resolves after `durationMs`; rejects with the signal's reason when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
  /** Resolves at `atMs` (at once if that has passed), for schedules that must not drift. */
  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void>
  /**
   * Waits for something outside this clock: a disk, a person. In virtual time the clock stands still
   * meanwhile, and awaiting real work without it is a defect that the virtual clock reports with the
   * labels it knows. On the system clock it only awaits.
   */
  hold<T>(label: string, work: Promise<T>): Promise<T>
}

/** Synchronous events in time order, first scheduled first served at the same moment. The simulator's heart. */
export interface EventScheduler {
  nowMs(): number
  /** Runs `action` at `atMs` (never before now). Returns what cancels it. */
  at(atMs: number, action: () => void): () => void
}
