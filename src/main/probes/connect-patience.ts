import type { Clock } from '../contracts/clock.ts'
import type { ProbeAttempt } from './prober.ts'

/**
 * Windows repeats a connect that was refused after half a second, twice, before it says so: a connect that took this
 * long met nobody when it was sent, and answers for a later moment. Other systems pass a refusal on at once, and
 * repeat a lost SYN after a second, beyond every deadline. (Known of Windows from reports, not measured by us.)
 */
export const repeatedConnectMs = process.platform === 'win32' ? 450 : Number.POSITIVE_INFINITY

/** How a prober tells a connect that was answered at once from one that the system had to repeat. */
export interface ConnectPatience {
  readonly clock: Clock
  /** `repeatedConnectMs` of this system when absent. */
  readonly repeatedAfterMs?: number
}

/** True when the connection of a probe came about so late that it must have been repeated. */
export function wasRepeated(attempt: ProbeAttempt, { clock, repeatedAfterMs }: ConnectPatience): boolean {
  return clock.nowMs() - (attempt.sentMs ?? attempt.dueMs) >= (repeatedAfterMs ?? repeatedConnectMs)
}
