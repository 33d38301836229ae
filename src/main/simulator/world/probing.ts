import type { ProbeKind } from '../../../shared/domain/plan.ts'
import {
  type OutcomeCode,
  outcomes,
  type Sample,
  type Series,
  scheduledMsOf,
} from '../../../shared/domain/sample.ts'
import type { Clock, EventScheduler } from '../../contracts/clock.ts'
import type { ProbeRunner, ProbeSession, SampleSink } from '../../contracts/probe-runner.ts'
import type { Random } from '../../contracts/random.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { Reach } from './guest-process.ts'
import { probeDelayMs } from './lossy-exchange.ts'
import { laptopEnd, type Path } from './network.ts'
import type { Range } from './parameters.ts'
import { queuesDelayMs, type ServiceQueue } from './service-queue.ts'
import type { World } from './world.ts'

/** What a probe of each kind meets; undefined: no answer yet, it depends on how long the disk keeps silent. */
const outcomeOf: Readonly<Record<Reach, Readonly<Record<ProbeKind, OutcomeCode | undefined>>>> = {
  silent: { icmp: outcomes['bad:timeout'], tcp: outcomes['bad:timeout'], http: outcomes['bad:timeout'] },
  kernel: { icmp: outcomes.ok, tcp: outcomes['bad:refused'], http: outcomes['bad:refused'] },
  serving: { icmp: outcomes.ok, tcp: outcomes.ok, http: outcomes.ok },
  stalled: { icmp: outcomes.ok, tcp: outcomes.ok, http: undefined },
  failing: { icmp: outcomes.ok, tcp: outcomes.ok, http: outcomes['bad:http-status'] },
}

const noQueues: readonly ServiceQueue[] = []

/** Round trips drawn once per series and then used in turn by a cheap generator: a probe must cost next to nothing. */
const roundTripsPerSeries = 256

interface Course {
  readonly series: Series
  /** Absent for the control series, whose address always answers. */
  readonly guest: GuestMachine | undefined
  readonly roundTripsUs: Uint32Array
  nextTick: number
  /** Ticks sent while the disk was silent and not yet over their deadline. */
  readonly pending: number[]
  turn: number
}

/**
 * Probes the simulated guests. What a probe meets changes seldom, so samples are made in bulk: before each
 * change and once per interval, every tick that fell due since.
 */
export class SimulatedProbes implements ProbeRunner {
  readonly #world: World
  readonly #clock: Clock & EventScheduler
  readonly #random: Random

  constructor(world: World, clock: Clock & EventScheduler, random: Random) {
    this.#world = world
    this.#clock = clock
    this.#random = random
  }

  async start(series: readonly Series[], sink: SampleSink): Promise<ProbeSession> {
    const courses = series.map((each) => this.#courseOf(each))
    const session = new SimulatedSession(courses, sink, this.#world, this.#clock)
    session.start()
    return session
  }

  #courseOf(series: Series): Course {
    const random = this.#random.fork(`series ${series.kind} ${series.subject} ${series.intervalMs}`)
    const range = this.#roundTripOf(series.kind)
    return {
      series,
      guest: series.subject === 'control' ? undefined : this.#world.guest(series.subject),
      roundTripsUs: Uint32Array.from({ length: roundTripsPerSeries }, () => roundTripUs(range, random)),
      nextTick: Math.max(0, Math.ceil((this.#clock.nowMs() - series.originMs) / series.intervalMs)),
      pending: [],
      turn: random.int(2 ** 31),
    }
  }

  #roundTripOf(kind: ProbeKind): Range {
    const { probeRttIcmp, probeRttTcp, probeRttHttp } = this.#world.parameters
    return { icmp: probeRttIcmp, tcp: probeRttTcp, http: probeRttHttp }[kind]
  }
}

class SimulatedSession implements ProbeSession {
  readonly #courses: readonly Course[]
  readonly #sink: SampleSink
  readonly #clock: Clock & EventScheduler
  readonly #world: World
  readonly #stopListening: () => void
  readonly #cancelWheels = new Map<number, () => void>()

  constructor(courses: readonly Course[], sink: SampleSink, world: World, clock: Clock & EventScheduler) {
    this.#courses = courses
    this.#sink = sink
    this.#clock = clock
    this.#world = world
    const stopReach = world.onReachChange((guest, next) => this.#settle(guest, next))
    const stopPaths = world.onPathChange(() => {
      for (const course of courses) this.#deliver(course, clock.nowMs())
    })
    this.#stopListening = () => {
      stopReach()
      stopPaths()
    }
  }

  /** One wheel per interval delivers the ticks of all its series. */
  start(): void {
    const byInterval = Map.groupBy(this.#courses, (course) => course.series.intervalMs)
    for (const [intervalMs, courses] of byInterval) {
      const lastPhaseMs = Math.max(...courses.map((course) => dueMsOf(course)))
      this.#turnWheel(intervalMs, courses, lastPhaseMs)
    }
  }

  async stop(endMs: number): Promise<void> {
    await this.#clock.sleepUntil(endMs)
    for (const cancel of this.#cancelWheels.values()) cancel()
    for (const course of this.#courses) this.#deliver(course, endMs)
    const lastMs = Math.max(endMs, ...this.#courses.map(lastPendingMs))
    if (lastMs > endMs) await this.#clock.sleepUntil(lastMs)
    this.#stopListening()
    for (const course of this.#courses) this.#expire(course, Number.POSITIVE_INFINITY)
  }

  #turnWheel(intervalMs: number, courses: readonly Course[], atMs: number): void {
    const turn = () => {
      const nowMs = this.#clock.nowMs()
      for (const course of courses) this.#deliver(course, nowMs, true)
      this.#turnWheel(intervalMs, courses, atMs + intervalMs)
    }
    this.#cancelWheels.set(intervalMs, this.#clock.at(atMs, turn))
  }

  /** What probes of the guest meet is about to change: all that was sent so far met the old state. */
  #settle(guest: GuestMachine, next: Reach): void {
    const nowMs = this.#clock.nowMs()
    for (const course of this.#courses) {
      if (course.guest !== guest) continue
      this.#deliver(course, nowMs)
      this.#answerPending(course, nowMs, next === 'serving')
    }
  }

  /** Requests that waited for the disk are answered when it answers again; else they run out of time. */
  #answerPending(course: Course, nowMs: number, answered: boolean): void {
    for (const tick of course.pending.splice(0)) {
      const waitedMs = nowMs - scheduledMsOf(course.series, tick)
      if (this.#world.isSuspended) this.#send(course, tick, outcomes['void:suspended'], 0)
      else if (answered && waitedMs < course.series.deadlineMs)
        this.#send(course, tick, outcomes.ok, waitedMs)
      else this.#send(course, tick, outcomes['bad:timeout'], 0)
    }
  }

  /** Sends every tick due before `endMs` (or just then, with `inclusive`) that was not sent yet. */
  #deliver(course: Course, endMs: number, inclusive = false): void {
    if (course.pending.length > 0) this.#expire(course, endMs)
    const { series, guest } = course
    const isAsleep = this.#world.isSuspended
    const outcome = isAsleep ? outcomes['void:suspended'] : outcomeOf[guest?.reach ?? 'serving'][series.kind]
    const path = isAsleep ? undefined : this.#pathTo(guest)
    const queues = isAsleep || outcome !== outcomes.ok ? noQueues : (guest?.load.queues ?? noQueues)
    for (;;) {
      const tick = course.nextTick
      const dueMs = scheduledMsOf(series, tick)
      if (inclusive ? dueMs > endMs : dueMs >= endMs) return
      course.nextTick = tick + 1
      if (outcome === undefined) course.pending.push(tick)
      else if (guest?.reach === 'silent') this.#send(course, tick, outcome, 0)
      else if (path === undefined && queues.length === 0) this.#send(course, tick, outcome, 0)
      else this.#sendOver(path, queues, course, tick, outcome)
    }
  }

  /** The path to a guest, where it is not perfect. */
  #pathTo(guest: GuestMachine | undefined): Path | undefined {
    if (guest?.host === undefined) return undefined
    const path = this.#world.network.path(laptopEnd, guest.host, 'management')
    return path.loss === 0 && path.latencyMs === 0 ? undefined : path
  }

  #sendOver(
    path: Path | undefined,
    queues: readonly ServiceQueue[],
    course: Course,
    tick: number,
    outcome: OutcomeCode,
  ): void {
    const { kind, deadlineMs } = course.series
    const chance = () => nextTurn(course) / 2 ** 32
    const pathMs = path === undefined ? 0 : probeDelayMs(kind, path, deadlineMs, chance)
    const delayMs = (pathMs ?? Number.POSITIVE_INFINITY) + queuesDelayMs(kind, queues, chance)
    if (delayMs > deadlineMs) this.#send(course, tick, outcomes['bad:timeout'], 0)
    else this.#send(course, tick, outcome, delayMs)
  }

  #expire(course: Course, nowMs: number): void {
    const { pending, series } = course
    for (;;) {
      const tick = pending[0]
      if (tick === undefined || scheduledMsOf(series, tick) + series.deadlineMs > nowMs) return
      pending.shift()
      this.#send(course, tick, outcomes['bad:timeout'], 0)
    }
  }

  #send(course: Course, tick: number, outcome: OutcomeCode, waitedMs: number): void {
    const sample: Sample = {
      tick,
      latenessUs: 0,
      rttUs: outcome === outcomes.ok ? Math.round(waitedMs * 1000) + nextRoundTripUs(course) : 0,
      outcome,
    }
    this.#sink(course.series, sample)
  }
}

function dueMsOf({ series, nextTick }: Course): number {
  return scheduledMsOf(series, nextTick)
}

function lastPendingMs({ series, pending }: Course): number {
  const tick = pending.at(-1)
  return tick === undefined ? Number.NEGATIVE_INFINITY : scheduledMsOf(series, tick) + series.deadlineMs
}

/** Most round trips are near the shortest, few are long. */
function roundTripUs([least, most]: Range, random: Random): number {
  return Math.round(1000 * (least + (most - least) * random.fraction() ** 3))
}

/** Picks the next of the drawn round trips. */
function nextRoundTripUs(course: Course): number {
  return course.roundTripsUs[nextTurn(course) >>> 24] ?? 0
}

/** A linear congruential step (Numerical Recipes). */
function nextTurn(course: Course): number {
  course.turn = (Math.imul(course.turn, 1_664_525) + 1_013_904_223) >>> 0
  return course.turn
}
