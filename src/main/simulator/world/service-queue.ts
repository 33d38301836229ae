import type { ProbeKind } from '../../../shared/domain/plan.ts'

/**
 * A service under load as a queue in closed form: requests arrive at random, one after the other is worked on,
 * and only so many can wait (M/M/1/K). Nothing is simulated request by request.
 */
export interface ServiceQueue {
  readonly requestsPerSecond: number
  /** Requests it can answer per second as fast as its node is now. */
  readonly capacityPerSecond: number
  /** Requests that wait or are worked on; one more is not accepted. */
  readonly places: number
}

/** Probability that a request finds no place. */
export function refusedFraction(queue: ServiceQueue): number {
  const { places } = queue
  const load = utilization(queue)
  if (load === 0) return 0
  // At a load of 1 all numbers of waiting requests are equally likely.
  if (Math.abs(load - 1) < 1e-9) return 1 / (places + 1)
  // Written with the inverse above 1, so that no power overflows.
  if (load > 1) return (1 - 1 / load) / (1 - load ** -(places + 1))
  return ((1 - load) * load ** places) / (1 - load ** (places + 1))
}

/**
 * Seconds until an accepted request is answered, for a chance drawn evenly from 0 to 1: distributed exponentially
 * with mean 1 / (capacity - requests) while the service keeps up, and no longer than a full queue takes, which is
 * what an overloaded one always takes.
 */
export function answerSeconds(queue: ServiceQueue, chance: number): number {
  const { requestsPerSecond, capacityPerSecond, places } = queue
  const fullSeconds = places / capacityPerSecond
  if (utilization(queue) >= 1) return fullSeconds
  return Math.min(-Math.log1p(-chance) / (capacityPerSecond - requestsPerSecond), fullSeconds)
}

/**
 * What a probe takes longer because of the queues its request passes; infinite where one has no place for it. A
 * connect needs a place, but no answer, of the first; an echo meets none of them.
 */
export function queuesDelayMs(
  kind: ProbeKind,
  queues: readonly ServiceQueue[],
  chance: () => number,
): number {
  if (kind === 'icmp') return 0
  let delayMs = 0
  for (const queue of kind === 'tcp' ? queues.slice(0, 1) : queues) {
    if (chance() < refusedFraction(queue)) return Number.POSITIVE_INFINITY
    if (kind === 'http') delayMs += answerSeconds(queue, chance()) * 1000
  }
  return delayMs
}

function utilization({ requestsPerSecond, capacityPerSecond }: ServiceQueue): number {
  return requestsPerSecond / capacityPerSecond
}
