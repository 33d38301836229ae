/** What a sweep and its worker threads tell each other. */
import type { SweepDowntime, SweepSubject } from './sweep-report.ts'

export interface SweepOrders {
  readonly subject: SweepSubject
}

/** Seeds to live through next; none left ends the worker. */
export interface SweepTask {
  readonly seeds: readonly number[]
}

export interface FoundViolation {
  readonly invariant: string
  readonly atMs: number
  readonly subject: string
  readonly observed: string
}

/** What the courses of one seed gave. */
export interface SeedResult {
  readonly seed: number
  readonly courses: number
  readonly simulatedSeconds: number
  readonly violations: readonly FoundViolation[]
  readonly downtimes: readonly Omit<SweepDowntime, 'seed'>[]
}
