import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ProbeKind } from '../../shared/domain/plan.ts'
import { outcomes, type Series } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import type { SelfTestReport } from '../../shared/domain/self-test.ts'
import { ProblemError, throwProblem } from '../../shared/problems/problem.ts'
import { processTimeMs } from '../base/process-time.ts'
import { seededRandom } from '../base/seeded-random.ts'
import type { Clock } from '../contracts/clock.ts'
import { checkPing } from './ping-command.ts'
import { defaultDeadlineMs } from './run-probes.ts'
import { SampleColumnBuilder } from './sample-column-builder.ts'
import {
  evaluateGroup,
  evaluateTiming,
  type SelfTestGroup,
  type WatchedService,
} from './self-test-evaluation.ts'
import { type PlannedResponder, planSelfTest } from './self-test-plan.ts'
import type {
  InjectMessage,
  ResponderMessage,
  ResponderOrder,
  ResponderOrders,
  TrueOutage,
} from './self-test-responder.ts'
import { streamPeriodMs } from './stream-assignment.ts'
import { createProbeRunner } from './worker-probe-runner.ts'

export interface SelfTestOptions {
  readonly clock: Clock
  readonly seed: number
  /** Addresses of `probe-worker` and `self-test-responder`. */
  readonly workerUrl: URL
  readonly responderUrl: URL
  /** Rates under test; all watch the same outages. 10 Hz when absent. */
  readonly intervalsMs?: readonly number[]
  /** Outages of each length, per kind of probe and of fault. */
  readonly repeats?: number
  readonly lengthsSeconds?: readonly number[]
  /** Done share of the injection, 0 to 1, about once a second. */
  readonly onProgress?: (fraction: number) => void
  readonly signal?: AbortSignal
}

const defaultLengthsSeconds = [0.3, 0.9, 2, 5] as const
const defaultRepeats = 12

/**
 * How services are taken away on loopback, without privileges and on every system. A closed socket is refused by
 * the kernel at once; a service that hangs accepts and never answers, which only HTTP notices, and notices by its
 * deadline. Neither is a lost packet: what a link or a power cut does to TCP cannot be made on loopback this way.
 */
const services: readonly ResponderOrder[] = [
  { kind: 'tcp', fault: 'refused' },
  { kind: 'http', fault: 'refused' },
  { kind: 'http', fault: 'silent' },
]

/** Between the start of the probes and the first possible outage, and after the last one. */
const leadMs = 1200
const tailMs = 1500
/** Longer than any outage is late: the responder thread is lost. */
const patienceMs = 30_000
const progressMs = 1000

/**
 * Injects outages of known length into local services and measures them with the real probes: the program's own bias
 * and spread on this machine, under its present load. Takes half a minute. Rejects with `cli.cancelled`.
 */
export async function runSelfTest(options: SelfTestOptions): Promise<SelfTestReport> {
  const { clock, seed, intervalsMs = [100] } = options
  const startedAt = clock.wallTime()
  const startMs = clock.nowMs()
  const random = seededRandom(seed)
  const plan = planSelfTest(
    {
      services,
      lengthsSeconds: options.lengthsSeconds ?? defaultLengthsSeconds,
      repeats: options.repeats ?? defaultRepeats,
      longestIntervalMs: Math.max(...intervalsMs),
    },
    random.fork('outages'),
  )
  const ping = await findPing(Math.min(...intervalsMs))
  const orders: ResponderOrders = {
    responders: plan.map(({ kind, fault }) => ({ kind, fault })),
    // Below the source ports of every system (Linux from 32,768, Windows and macOS from 49,152).
    firstPort: 20_000 + random.fork('ports').int(10_000),
  }
  const worker = new Worker(options.responderUrl, { workerData: orders })
  try {
    const measured = await measure(plan, worker, ping === 'answers', options)
    return {
      ...evaluate(plan, measured, ping, options),
      seed,
      startedAt,
      durationSeconds: (clock.nowMs() - startMs) / 1000,
    }
  } finally {
    await worker.terminate()
  }
}

type PingState = 'answers' | 'missing' | 'not-permitted'

async function findPing(shortestIntervalMs: number): Promise<PingState> {
  try {
    await checkPing(streamPeriodMs(shortestIntervalMs))
    return 'answers'
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'probe.icmp-unavailable') throw error
    return error.problem.params.reason === 'missing' ? 'missing' : 'not-permitted'
  }
}

interface Measurement {
  readonly series: readonly Series[]
  readonly columns: readonly SampleColumns[]
  /** On the axis of the clock. */
  readonly truth: readonly TrueOutage[]
}

async function measure(
  plan: readonly PlannedResponder[],
  worker: Worker,
  withIcmp: boolean,
  options: SelfTestOptions,
): Promise<Measurement> {
  const { clock, workerUrl, signal } = options
  const ports = (await nextMessage(worker, 'listening', clock)).ports
  const series = seriesFor(plan, ports, withIcmp, options)
  const builders = series.map(() => new SampleColumnBuilder())
  const runner = createProbeRunner({ clock, workerUrl })
  const session = await runner.start(series, ({ index }, sample) => builders[index]?.push(sample))
  const originMs = clock.nowMs() + leadMs
  const endMs = originMs + Math.max(...plan.map(({ outages }) => outages.at(-1)?.toMs ?? 0)) + tailMs
  const ended = session.stop(endMs)
  const shiftMs = clock.nowMs() - processTimeMs()
  const inject: InjectMessage = {
    outages: plan.map(({ outages }) =>
      outages.map(({ fromMs, toMs }) => ({
        fromMs: fromMs + originMs - shiftMs,
        toMs: toMs + originMs - shiftMs,
      })),
    ),
  }
  const done = nextMessage(worker, 'done', clock, endMs - clock.nowMs() + patienceMs)
  done.catch(() => {})
  worker.postMessage(inject)
  try {
    await followTo(originMs, endMs, options)
    const { outages } = await done
    await ended
    const truth = outages.map((outage) => ({
      ...outage,
      fromMs: outage.fromMs + shiftMs,
      toMs: outage.toMs + shiftMs,
    }))
    return { series, columns: builders.map((builder) => builder.columns()), truth }
  } catch (error) {
    await session.stop(clock.nowMs())
    if (signal?.aborted) throwProblem('cli.cancelled')
    throw error
  }
}

/** Every service is watched at every rate, and loopback is pinged once per rate. */
function seriesFor(
  plan: readonly PlannedResponder[],
  ports: readonly number[],
  withIcmp: boolean,
  { clock, intervalsMs = [100] }: SelfTestOptions,
): readonly Series[] {
  const watched = intervalsMs.flatMap((intervalMs) => [
    ...plan.map(({ kind }, responder) => {
      const host = `127.0.0.1:${ports[responder]}`
      return {
        kind,
        subject: `responder-${responder}`,
        address: kind === 'tcp' ? host : `http://${host}/`,
        intervalMs,
      }
    }),
    ...(withIcmp ? [{ kind: 'icmp' as const, subject: 'loopback', address: '127.0.0.1', intervalMs }] : []),
  ])
  const originMs = clock.nowMs() + leadMs / 2
  return watched.map((one, index) => ({
    ...one,
    index,
    deadlineMs: defaultDeadlineMs[one.kind],
    originMs: originMs + (one.intervalMs * index) / watched.length,
  }))
}

async function followTo(fromMs: number, toMs: number, options: SelfTestOptions): Promise<void> {
  const { clock, signal, onProgress } = options
  while (clock.nowMs() < toMs) {
    await clock.sleepUntil(Math.min(clock.nowMs() + progressMs, toMs), signal)
    onProgress?.(Math.min(1, Math.max(0, (clock.nowMs() - fromMs) / (toMs - fromMs))))
  }
}

async function nextMessage<T extends ResponderMessage['type']>(
  worker: Worker,
  type: T,
  clock: Clock,
  patience = patienceMs,
): Promise<Extract<ResponderMessage, { type: T }>> {
  const giveUp = new AbortController()
  const silence = clock.sleep(patience, giveUp.signal).then(() => {
    throw new Error(`self-test responder: no word of ${type} in ${patience} ms`)
  })
  silence.catch(() => {})
  const message = once(worker, 'message', { signal: giveUp.signal })
  try {
    const [received] = (await Promise.race([message, silence])) as [ResponderMessage]
    if (received.type !== type) throw new Error(`self-test responder: ${received.type} instead of ${type}`)
    return received as Extract<ResponderMessage, { type: T }>
  } finally {
    message.catch(() => {})
    giveUp.abort()
  }
}

function evaluate(
  plan: readonly PlannedResponder[],
  { series, columns, truth }: Measurement,
  ping: PingState,
  { intervalsMs = [100] }: SelfTestOptions,
): Omit<SelfTestReport, 'seed' | 'startedAt' | 'durationSeconds'> {
  const watched = series.map(
    (one, index): WatchedService & { responder: number; intervalMs: number; kind: ProbeKind } => {
      const responder = one.kind === 'icmp' ? -1 : Number(one.subject.slice('responder-'.length))
      return {
        series: one,
        columns: columns[index] as SampleColumns,
        truth: truth.filter((outage) => outage.responder === responder),
        responder,
        intervalMs: one.intervalMs,
        kind: one.kind,
      }
    },
  )
  const groups = new Map<string, SelfTestGroup>()
  for (const intervalMs of intervalsMs)
    for (const { kind, fault, lengthSeconds } of plan)
      groups.set([kind, fault, intervalMs, lengthSeconds].join(), { kind, fault, intervalMs, lengthSeconds })
  const rows = [...groups.values()].map((group) =>
    evaluateGroup(
      group,
      watched.filter(({ responder, intervalMs }) => {
        const service = plan[responder]
        return (
          intervalMs === group.intervalMs &&
          service?.kind === group.kind &&
          service.fault === group.fault &&
          service.lengthSeconds === group.lengthSeconds
        )
      }),
    ),
  )
  const kinds = [...new Set(watched.map(({ kind }) => kind))]
  const timing = intervalsMs.flatMap((intervalMs) =>
    kinds.map((kind) =>
      evaluateTiming(
        { kind, intervalMs },
        watched.filter((one) => one.kind === kind && one.intervalMs === intervalMs),
      ),
    ),
  )
  const pinged = watched.filter(({ kind }) => kind === 'icmp')
  const pingAnswers = pinged.every(({ columns: { outcome } }) => outcome.includes(outcomes.ok))
  return {
    version: 1,
    platform: `${process.platform}-${process.arch}`,
    deadlineMs: { tcp: defaultDeadlineMs.tcp, http: defaultDeadlineMs.http },
    rows,
    timing,
    icmp: ping !== 'answers' || pingAnswers ? ping : 'does-not-answer',
    truthErrorMs: Math.max(0, ...truth.map(({ errorMs }) => errorMs)),
    passed: rows.every(({ passed }) => passed) && timing.every(({ spurious }) => spurious === 0),
  }
}
