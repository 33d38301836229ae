import { outcomes } from '../../shared/domain/sample.ts'
import { unwrapSequence } from './ping-output.ts'
import type { ProbeAttempt } from './prober.ts'

/** The stream is this much faster than the schedule, so that every tick finds a request in its interval. */
const periodOfInterval = 0.9

/** The shortest period iputils accepts from an ordinary user. */
const shortestPeriodMs = 2

/** Period of the stream behind a series, whole milliseconds as ping takes them. */
export function streamPeriodMs(intervalMs: number): number {
  return Math.max(shortestPeriodMs, Math.floor(intervalMs * periodOfInterval))
}

/** Requests older than this are forgotten: no engine waits longer for an answer. */
const rememberedMs = 3000

/** One request of the stream. */
interface Request {
  /** Absent for a request that the kernel took none of: it stands for the tick, and nobody will answer it. */
  sequence: number | undefined
  readonly sentMs: number
  /** Set once it was answered, perhaps before its tick is known. */
  rttUs: number | undefined
  attempt: ProbeAttempt | undefined
}

/**
 * Assigns the requests of a running ping to ticks. Ping keeps its own time (its period wanders by milliseconds), so
 * tick k is the first request that left in [due k, due k+1), with its true send time: what is stored is when we
 * looked, not when we meant to. Requests beyond one per tick are not used, as if they had not been sent; a tick in
 * whose interval none left is void. Lateness is therefore up to one interval, and in the record.
 */
export class StreamAssignment {
  readonly #intervalMs: number
  readonly #periodMs: number
  /** Ticks that wait for their request, oldest first. */
  #waiting: ProbeAttempt[] = []
  /** Recent requests, oldest first. */
  #requests: Request[] = []
  #lastSequence = 0
  #lastSilent: number | undefined

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
    this.#periodMs = streamPeriodMs(intervalMs)
  }

  /** A tick is due; its request may have been seen already when the engine woke late. */
  expect(attempt: ProbeAttempt): () => void {
    const request = this.#requests.find(
      (candidate) => candidate.attempt === undefined && this.#fits(attempt, candidate.sentMs),
    )
    if (request === undefined) this.#waiting.push(attempt)
    else {
      this.#bind(request, attempt)
      if (request.rttUs !== undefined) attempt.answer(outcomes.ok, request.rttUs)
    }
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== attempt)
      this.#requests = this.#requests.filter((other) => other.attempt !== attempt)
    }
  }

  /** An answer: `sentMs` is when its request left. */
  answered(wireSequence: number, sentMs: number, rttUs: number): void {
    const sequence = this.#follow(wireSequence)
    const request = this.#find(sequence) ?? this.#note(sequence, sentMs)
    request.rttUs = rttUs
    request.attempt?.answer(outcomes.ok, rttUs)
  }

  /** The request has had no answer when its successor left, at `atMs`. */
  unanswered(wireSequence: number, atMs: number): void {
    const sequence = this.#follow(wireSequence)
    if (sequence === this.#lastSilent) {
      // The same line again: the kernel still holds earlier requests back (their neighbour does not answer) and had
      // not taken the last one. That was a try that failed; this is the next one.
      const untaken = this.#find(sequence + 1)
      if (untaken !== undefined) untaken.sequence = undefined
      this.#note(sequence + 1, atMs)
      return
    }
    this.#lastSilent = sequence
    if (this.#find(sequence) === undefined) {
      const before = this.#find(sequence - 1)?.sentMs
      this.#note(sequence, before === undefined ? atMs - this.#periodMs : (before + atMs) / 2)
    }
    this.#note(sequence + 1, atMs)
  }

  /** Gives the tick of a request, if it has one. */
  attemptOf(wireSequence: number): ProbeAttempt | undefined {
    return this.#find(this.#follow(wireSequence))?.attempt
  }

  /** A new ping counts from one; what the old one has not answered, nobody will. */
  restart(): void {
    this.#requests = []
    this.#lastSequence = 0
    this.#lastSilent = undefined
  }

  #follow(wireSequence: number): number {
    const sequence = unwrapSequence(wireSequence, this.#lastSequence)
    this.#lastSequence = Math.max(this.#lastSequence, sequence)
    return sequence
  }

  #find(sequence: number): Request | undefined {
    // Nearly always one of the last.
    return this.#requests.findLast((request) => request.sequence === sequence)
  }

  #note(sequence: number | undefined, sentMs: number): Request {
    const request: Request = { sequence, sentMs, rttUs: undefined, attempt: undefined }
    const attempt = this.#waiting.find((candidate) => this.#fits(candidate, sentMs))
    if (attempt !== undefined) {
      this.#waiting = this.#waiting.filter((other) => other !== attempt)
      this.#bind(request, attempt)
    }
    this.#requests.push(request)
    const oldestMs = sentMs - Math.max(rememberedMs, 2 * this.#intervalMs)
    while ((this.#requests[0]?.sentMs ?? sentMs) < oldestMs) this.#requests.shift()
    return request
  }

  #fits(attempt: ProbeAttempt, sentMs: number): boolean {
    return sentMs >= attempt.dueMs && sentMs < attempt.dueMs + this.#intervalMs
  }

  #bind(request: Request, attempt: ProbeAttempt): void {
    request.attempt = attempt
    attempt.sentMs = request.sentMs
  }
}
