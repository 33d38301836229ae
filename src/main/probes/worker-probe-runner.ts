import { Worker } from 'node:worker_threads'
import { outcomes, type Series } from '../../shared/domain/sample.ts'
import { processTimeMs } from '../base/process-time.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import type { ProbeRunner, ProbeSession, SampleSink } from '../contracts/probe-runner.ts'
import { parseProbeTarget, probeCatalogue } from './catalogue.ts'
import type { HttpExpectation } from './http-probe.ts'
import { checkPing } from './ping-command.ts'
import type { LaneOrder, ProbeOrders, StopMessage, WorkerMessage } from './probe-messages.ts'
import { resolveProbeTarget } from './probe-target.ts'
import { runsOf } from './sample-batch.ts'
import { ticksBefore } from './schedule.ts'
import { streamPeriodMs } from './stream-assignment.ts'

export interface ProbeRunnerOptions {
  /** The run's time axis. A system clock: these probes are real. */
  readonly clock: Clock
  /** Address of `probe-worker`, which a bundle puts elsewhere than the sources do. */
  readonly workerUrl: URL
  /** What a page must show; any page with a 2xx status when absent. */
  readonly expectationOf?: (series: Series) => HttpExpectation | undefined
  readonly logger?: Logger
}

/** Pause before a worker that died is replaced, and how often in a row one may die before it said anything. */
const restartMs = 1000
const mostFailedStarts = 5

/**
 * Runs real probes on a worker thread. Names are looked up once, before the start. With a series of the subject
 * `control`, samples that are bad while the control is bad too and no target answers become `void:observer-network`
 * (see `ObserverNetworkFilter`). `start` takes some tenths of a second: an origin that lies later than that keeps
 * the first ticks from being void.
 */
export function createProbeRunner(options: ProbeRunnerOptions): ProbeRunner {
  return {
    async start(series, sink) {
      const lanes = await Promise.all(series.map((one) => prepareLane(one, options)))
      const canStreamPing = await checkPingFor(series)
      const session = new WorkerProbeSession(options, lanes, canStreamPing, sink)
      await session.launch()
      return session
    },
  }
}

async function prepareLane(series: Series, options: ProbeRunnerOptions): Promise<LaneOrder> {
  const target = parseProbeTarget(series.kind, series.address)
  const endpoint = await resolveProbeTarget(target, probeCatalogue[series.kind].family)
  const expectation = options.expectationOf?.(series)
  return { series, endpoint, firstTick: 0, ...(expectation && { expectation }) }
}

async function checkPingFor(series: readonly Series[]): Promise<boolean> {
  const intervals = series.filter(({ kind }) => kind === 'icmp').map(({ intervalMs }) => intervalMs)
  if (intervals.length === 0) return false
  return (await checkPing(streamPeriodMs(Math.min(...intervals)))).canStream
}

class WorkerProbeSession implements ProbeSession {
  readonly #options: ProbeRunnerOptions
  readonly #lanes: readonly LaneOrder[]
  readonly #canStreamPing: boolean
  readonly #sink: SampleSink
  /** First tick of each series that was not delivered yet. */
  readonly #nextTicks: number[]
  readonly #ended = Promise.withResolvers<void>()
  #worker: Worker | undefined
  #endTicks: readonly number[] | undefined
  #hasWorked = false
  #failedStarts = 0
  #hasGivenUp = false

  constructor(
    options: ProbeRunnerOptions,
    lanes: readonly LaneOrder[],
    canStreamPing: boolean,
    sink: SampleSink,
  ) {
    this.#options = options
    this.#lanes = lanes
    this.#canStreamPing = canStreamPing
    this.#sink = sink
    this.#nextTicks = lanes.map(({ firstTick }) => firstTick)
  }

  /** Resolves when the worker is at work; rejects when it could not be started. */
  launch(): Promise<void> {
    const { clock, workerUrl } = this.#options
    const orders: ProbeOrders = {
      lanes: this.#lanes.map((lane, position) => ({ ...lane, firstTick: this.#nextTicks[position] ?? 0 })),
      canStreamPing: this.#canStreamPing,
      clockOffsetMs: clock.nowMs() - processTimeMs(),
      ...(this.#endTicks && { endTicks: this.#endTicks }),
    }
    const worker = new Worker(workerUrl, { workerData: orders })
    this.#worker = worker
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let hasEnded = false
    let failure: unknown = new Error('probe worker: ended early')
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'samples') this.#deliver(message.batch)
      else if (message.type === 'ended') hasEnded = true
      else {
        this.#hasWorked = true
        this.#failedStarts = 0
        resolve()
      }
    })
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      reject(failure)
      if (hasEnded) this.#ended.resolve()
      else if (this.#hasWorked) this.#replace(failure)
    })
    return promise
  }

  stop(endMs: number): Promise<void> {
    const endTicks = this.#lanes.map(({ series }) => ticksBefore(series, endMs))
    const message: StopMessage = { type: 'stop', endTicks }
    this.#endTicks = endTicks
    this.#worker?.postMessage(message)
    if (this.#hasGivenUp) this.#endWithoutWorker(endTicks)
    return this.#ended.promise
  }

  #deliver(batch: Int32Array): void {
    for (const run of runsOf(batch)) {
      const lane = this.#lanes[run.position]
      if (lane === undefined) continue
      const endTick = Math.min(
        run.tick + run.count,
        this.#endTicks?.[run.position] ?? Number.POSITIVE_INFINITY,
      )
      const { latenessUs, rttUs, outcome } = run
      for (let tick = run.tick; tick < endTick; tick++) {
        this.#sink(lane.series, { tick, latenessUs, rttUs, outcome })
      }
      this.#nextTicks[run.position] = Math.max(this.#nextTicks[run.position] ?? 0, endTick)
    }
  }

  /** A new worker begins where samples are missing; what was due meanwhile it reports as void. */
  #replace(failure: unknown): void {
    this.#options.logger?.error('probe-worker.died', { error: String(failure) })
    if (++this.#failedStarts > mostFailedStarts) {
      this.#hasGivenUp = true
      if (this.#endTicks !== undefined) this.#endWithoutWorker(this.#endTicks)
      return
    }
    // A launch that fails ends in the worker's exit, and so here again.
    this.#options.clock
      .sleep(restartMs)
      .then(() => this.launch())
      .catch(() => {})
  }

  /** Nothing could be measured any more: the rest is void, and says so. */
  #endWithoutWorker(endTicks: readonly number[]): void {
    this.#lanes.forEach(({ series }, position) => {
      const endTick = endTicks[position] ?? 0
      for (let tick = this.#nextTicks[position] ?? 0; tick < endTick; tick++)
        this.#sink(series, { tick, latenessUs: 0, rttUs: 0, outcome: outcomes['void:not-recorded'] })
      this.#nextTicks[position] = Math.max(this.#nextTicks[position] ?? 0, endTick)
    })
    this.#ended.resolve()
  }
}
