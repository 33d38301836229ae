import type { Random } from '../contracts/random.ts'
import type { PlannedOutage, ResponderOrder } from './self-test-responder.ts'

/** A service of the self-test and the outages it will have, counted from the beginning of the injection. */
export interface PlannedResponder extends ResponderOrder {
  readonly lengthSeconds: number
  readonly outages: readonly PlannedOutage[]
}

export interface SelfTestPlanInput {
  readonly services: readonly ResponderOrder[]
  readonly lengthsSeconds: readonly number[]
  /** Outages per service and length. */
  readonly repeats: number
  readonly longestIntervalMs: number
}

/** A service with this much to do gets a second one beside it, so that the whole stays below half a minute or so. */
const longestWorkMs = 22_000

/**
 * Spreads the outages over services that work at the same time. Each service has outages of one length. The pauses
 * between them are long enough for two good samples and a deadline, and random over more than an interval: every
 * phase between outage and schedule is equally likely.
 */
export function planSelfTest(input: SelfTestPlanInput, random: Random): readonly PlannedResponder[] {
  const shortestPauseMs = Math.max(700, 2.5 * input.longestIntervalMs)
  const longestPauseMs = shortestPauseMs + Math.max(500, 2 * input.longestIntervalMs)
  return input.services.flatMap((service) =>
    input.lengthsSeconds.flatMap((lengthSeconds) => {
      const cycleMs = lengthSeconds * 1000 + longestPauseMs
      const perResponder = Math.max(1, Math.floor(longestWorkMs / cycleMs))
      const responders = Math.ceil(input.repeats / perResponder)
      return Array.from({ length: responders }, (_, position) => {
        const count = shareOf(input.repeats, responders, position)
        let atMs = 0
        const outages = Array.from({ length: count }, () => {
          const fromMs = atMs + random.between(shortestPauseMs, longestPauseMs)
          atMs = fromMs + lengthSeconds * 1000
          return { fromMs, toMs: atMs }
        })
        return { ...service, lengthSeconds, outages }
      })
    }),
  )
}

/** Part of `total` that falls to one of `parts`, whole numbers that add up. */
function shareOf(total: number, parts: number, position: number): number {
  return Math.floor(((position + 1) * total) / parts) - Math.floor((position * total) / parts)
}
