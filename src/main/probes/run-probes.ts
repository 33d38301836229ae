import { type PlannedProbe, type ProbeKind, plannedProbeSchema } from '../../shared/domain/plan.ts'
import { type OutcomeClass, outcomeClassOf, type Series } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import type { HttpExpectation } from './http-probe.ts'
import { SampleColumnBuilder } from './sample-column-builder.ts'
import { createProbeRunner } from './worker-probe-runner.ts'

/** What to probe; `subject` defaults to the address, and `control` marks what must always answer. */
export interface ProbeRequest {
  readonly kind: ProbeKind
  readonly address: string
  readonly subject?: string
  readonly expectation?: HttpExpectation
}

export type SampleCounts = Readonly<Record<OutcomeClass, number>> & { readonly expected: number }

export interface RunProbesOptions {
  readonly targets: readonly ProbeRequest[]
  readonly intervalMs: number
  readonly durationSeconds: number
  /** Below a second; `defaultDeadlineMs` of the kind when absent. */
  readonly deadlineMs?: number
  readonly clock: Clock
  readonly workerUrl: URL
  /** Called about once a second with the counts of each target so far. */
  readonly onProgress?: (progress: ProbeProgress) => void
  /** Ends the probes early; what was measured until then is still returned. */
  readonly signal?: AbortSignal
  readonly logger?: Logger
}

export interface ProbeProgress {
  readonly elapsedSeconds: number
  readonly counts: readonly SampleCounts[]
}

/** Samples of a stretch of probing, one entry per target in each list. */
export interface ProbeRecord {
  /** When the window began, for labels. */
  readonly startedAt: string
  /** Length of the window, shorter than asked for when it was cancelled. */
  readonly windowSeconds: number
  readonly cancelled: boolean
  /** `originMs` counts from the beginning of the window. */
  readonly series: readonly Series[]
  readonly columns: readonly SampleColumns[]
  readonly counts: readonly SampleCounts[]
}

/** Below the first repetition of a SYN (1 s), far above the round trips of a lab on one computer. */
export const defaultDeadlineMs: Readonly<Record<ProbeKind, number>> = { icmp: 800, tcp: 800, http: 900 }

/** Time between the call and the first tick: the worker starts, and one ping proves that ping works. */
const leadMs = 700
const progressMs = 1000
/** A week; longer measurements belong in a run. */
const longestSeconds = 604_800

/**
 * Probes targets for a while without lab, plan or run file: the engine behind `kuorum probe`. Phases are spread over
 * the interval. Throws `input.invalid-field` and `probe.*` Problems.
 */
export async function runProbes(options: RunProbesOptions): Promise<ProbeRecord> {
  const { clock, targets, signal } = options
  checkOptions(options)
  const builders = targets.map(() => new SampleColumnBuilder())
  const counts = targets.map(() => ({ ok: 0, late: 0, bad: 0, void: 0, expected: 0 }))
  const startMs = clock.nowMs() + leadMs
  const series = targets.map((target, index) => toSeries(target, index, options))
  const shifted = series.map((one) => ({ ...one, originMs: one.originMs + startMs }))
  const runner = createProbeRunner({
    clock,
    workerUrl: options.workerUrl,
    expectationOf: ({ index }) => targets[index]?.expectation,
    ...(options.logger && { logger: options.logger }),
  })
  const session = await runner.start(shifted, ({ index }, sample) => {
    builders[index]?.push(sample)
    const count = counts[index]
    if (count === undefined) return
    count[outcomeClassOf(sample.outcome)]++
    count.expected++
  })
  const startedAt = clock.wallTime()
  const plannedEndMs = startMs + options.durationSeconds * 1000
  // Told ahead of time: at the end itself the tick that is due there would already be on its way.
  const ended = session.stop(plannedEndMs)
  await follow(startMs, plannedEndMs, () => counts.map((count) => ({ ...count })), options)
  const endMs = signal?.aborted ? Math.min(plannedEndMs, Math.max(startMs, clock.nowMs())) : plannedEndMs
  if (endMs < plannedEndMs) await session.stop(endMs)
  await ended
  return {
    startedAt,
    windowSeconds: endMs < plannedEndMs ? (endMs - startMs) / 1000 : options.durationSeconds,
    cancelled: endMs < plannedEndMs,
    series,
    columns: builders.map((builder) => builder.columns()),
    counts,
  }
}

function checkOptions({ targets, intervalMs, durationSeconds, deadlineMs }: RunProbesOptions): void {
  const refuse = (field: string, detail: string) =>
    throwProblem('input.invalid-field', { source: 'probe', field }, detail)
  const planned: PlannedProbe = { kind: 'tcp', intervalMs, deadlineMs: deadlineMs ?? defaultDeadlineMs.tcp }
  const issue = plannedProbeSchema.safeParse(planned).error?.issues[0]
  if (issue !== undefined) refuse(String(issue.path[0]), issue.message)
  if (!(durationSeconds > 0 && durationSeconds <= longestSeconds))
    refuse('durationSeconds', `above 0, at most ${longestSeconds}`)
  if (targets.length === 0) refuse('targets', 'at least one')
}

function toSeries(target: ProbeRequest, index: number, options: RunProbesOptions): Series {
  const { intervalMs, deadlineMs, targets } = options
  return {
    index,
    kind: target.kind,
    subject: target.subject ?? target.address,
    address: target.address,
    intervalMs,
    deadlineMs: deadlineMs ?? defaultDeadlineMs[target.kind],
    originMs: (intervalMs * index) / targets.length,
  }
}

/** Reports progress until the end or the signal, whichever comes first. */
async function follow(
  startMs: number,
  endMs: number,
  countsNow: () => readonly SampleCounts[],
  { clock, signal, onProgress }: RunProbesOptions,
): Promise<void> {
  for (let atMs = startMs + progressMs; ; atMs += progressMs) {
    await clock.sleepUntil(Math.min(atMs, endMs), signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
    if (signal?.aborted || atMs >= endMs) return
    onProgress?.({ elapsedSeconds: (clock.nowMs() - startMs) / 1000, counts: countsNow() })
  }
}
