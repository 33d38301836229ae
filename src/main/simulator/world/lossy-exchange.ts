/** What loss and latency of a path do to exchanges over it, as a whole: nothing is simulated packet by packet. */
import type { ProbeKind } from '../../../shared/domain/plan.ts'
import type { Path } from './network.ts'

/** First repetition of an unanswered SYN (RFC 6298), doubled each time. */
const connectRepeatMs = 1000
/** Least time until an unanswered segment of an open connection is repeated (Linux), doubled each time. */
const segmentRepeatMs = 200

/** What an exchange of a probe takes longer than over a perfect path; undefined when no answer comes in time. */
export function probeDelayMs(
  kind: ProbeKind,
  path: Path,
  limitMs: number,
  fraction: () => number,
): number | undefined {
  const roundTripMs = 2 * path.latencyMs
  const delayMs = {
    icmp: () => roundTripMs + (isLost(path, fraction) ? Number.POSITIVE_INFINITY : 0),
    tcp: () => roundTripMs + repeatedMs(path, connectRepeatMs, limitMs, fraction),
    http: () =>
      2 * roundTripMs +
      repeatedMs(path, connectRepeatMs, limitMs, fraction) +
      repeatedMs(path, Math.max(segmentRepeatMs, roundTripMs), limitMs, fraction),
  }[kind]()
  return delayMs <= limitMs ? delayMs : undefined
}

/** Round trips of one question over a new connection: TCP, TLS, and the question itself. */
const questionRoundTrips = 3

/** What a question over HTTPS takes longer than over a perfect path; infinite where no packet arrives. */
export function questionDelayMs(path: Path, limitMs: number, fraction: () => number): number {
  const roundTripMs = 2 * path.latencyMs
  let delayMs = questionRoundTrips * roundTripMs
  if (path.loss === 0) return delayMs
  delayMs += repeatedMs(path, connectRepeatMs, limitMs, fraction)
  for (let trip = 1; trip < questionRoundTrips; trip++)
    delayMs += repeatedMs(path, Math.max(segmentRepeatMs, roundTripMs), limitMs, fraction)
  return delayMs
}

/** A packet there or its answer back. */
function isLost({ loss }: Path, fraction: () => number): boolean {
  return loss > 0 && fraction() < 1 - (1 - loss) ** 2
}

/** Waiting for repetitions until one of them and its answer arrive, or the limit has passed. */
function repeatedMs(path: Path, firstMs: number, limitMs: number, fraction: () => number): number {
  let waitedMs = 0
  for (let pauseMs = firstMs; isLost(path, fraction); pauseMs *= 2) {
    waitedMs += pauseMs
    if (waitedMs > limitMs) return Number.POSITIVE_INFINITY
  }
  return waitedMs
}

/** Longest time between two repetitions of a segment (Linux, TCP_RTO_MAX). */
const longestRepeatMs = 120_000

/** How often a segment of an open connection is sent within that time while nothing answers. */
export function transmissionsWithin(limitMs: number): number {
  let times = 0
  for (let atMs = 0; atMs <= limitMs; times++) atMs = sentAgainMs(times)
  return times
}

/** When the first segment after that time is sent, counted from the one that got lost first. */
export function silenceOfRepeatedMs(limitMs: number): number {
  return sentAgainMs(transmissionsWithin(limitMs) - 1)
}

/** What repetitions of a message or its answer add on average to an exchange over an open connection; infinite where no packet arrives. */
export function expectedRepetitionSeconds({ loss, latencyMs }: Path): number {
  if (loss === 0) return 0
  if (loss === 1) return Number.POSITIVE_INFINITY
  const lost = 1 - (1 - loss) ** 2
  let sum = 0
  let repeatMs = Math.max(segmentRepeatMs, 2 * latencyMs)
  for (let chance = lost; chance > 1e-9; chance *= lost) {
    sum += chance * repeatMs
    repeatMs = Math.min(2 * repeatMs, longestRepeatMs)
  }
  return sum / 1000
}

/** Moment of the repetition after so many. */
function sentAgainMs(repetitions: number): number {
  let atMs = segmentRepeatMs
  let pauseMs = segmentRepeatMs
  for (let done = 0; done < repetitions; done++) {
    pauseMs = Math.min(2 * pauseMs, longestRepeatMs)
    atMs += pauseMs
  }
  return atMs
}
