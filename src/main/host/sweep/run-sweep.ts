/** Lives through many seeds on all cores. */
import { Worker } from 'node:worker_threads'
import { throwProblem } from '../../../shared/problems/problem.ts'
import { processorSeconds } from '../../base/process-time.ts'
import type { Clock } from '../../contracts/clock.ts'
import { appVersion } from '../app-version.ts'
import { workerFile } from '../worker-files.ts'
import type { SeedResult, SweepOrders, SweepTask } from './sweep-messages.ts'
import { inOrder, type SeedRange, type SweepReport, type SweepSubject, seedsOf } from './sweep-report.ts'

export interface SweepOptions {
  readonly subject: SweepSubject
  readonly range: SeedRange
  /** Worker threads. */
  readonly threads: number
  /** Real time, for how long it took. */
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress?: (progress: SweepProgress) => void
}

export interface SweepProgress {
  readonly seedsDone: number
  readonly seeds: number
  readonly violations: number
  readonly wallSeconds: number
}

/** Seeds a worker is given at once: few enough that all end at about the same time. */
const seedsPerTask = 4

/** Rejects with `cli.cancelled` when the signal comes, and with what a worker died of. */
export async function runSweep(options: SweepOptions): Promise<SweepReport> {
  const { subject, range, clock } = options
  const startedMs = clock.nowMs()
  const startedProcessorSeconds = processorSeconds()
  const wallSeconds = () => (clock.nowMs() - startedMs) / 1000
  const results = await resultsOfSeeds(options, wallSeconds)
  const sum = (of: (result: SeedResult) => number) => results.reduce((total, result) => total + of(result), 0)
  return {
    kind: 'kuorum-sweep',
    version: 1,
    appVersion,
    subject,
    ranges: [range],
    courses: sum(({ courses }) => courses),
    simulatedSeconds: sum(({ simulatedSeconds }) => simulatedSeconds),
    wallSeconds: wallSeconds(),
    processorSeconds: processorSeconds() - startedProcessorSeconds,
    violations: inOrder(
      results.flatMap(({ seed, violations }) =>
        violations.map((violation) => ({ seed, ...violation, command: commandOf(subject, seed) })),
      ),
    ),
    downtimes: results
      .flatMap(({ seed, downtimes }) => downtimes.map((downtime) => ({ seed, ...downtime })))
      .sort((a, b) => a.seed - b.seed),
  }
}

/** In no particular order. */
async function resultsOfSeeds(
  options: SweepOptions,
  wallSeconds: () => number,
): Promise<readonly SeedResult[]> {
  const { subject, range, threads, signal, onProgress } = options
  const seeds = seedsOf(range)
  const results: SeedResult[] = []
  let violations = 0
  let next = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const hear = (worker: Worker, message: SeedResult | 'idle') => {
    if (message !== 'idle') {
      results.push(message)
      violations += message.violations.length
      onProgress?.({ seedsDone: results.length, seeds: seeds.length, violations, wallSeconds: wallSeconds() })
      return
    }
    const task: SweepTask = { seeds: seeds.slice(next, next + seedsPerTask) }
    next += task.seeds.length
    if (task.seeds.length > 0) worker.postMessage(task)
    else if (results.length === seeds.length) resolve()
  }
  const workers = Array.from({ length: Math.min(threads, seeds.length) }, () => {
    const workerData: SweepOrders = { subject }
    const worker = new Worker(workerFile('sweep-worker'), { workerData, name: 'kuorum sweep' })
    worker.on('message', (message) => hear(worker, message))
    worker.on('error', reject)
    return worker
  })
  const cancel = () => reject(signal.reason)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (seeds.length > 0) await promise
    return results
  } catch (error) {
    if (signal.aborted) throwProblem('cli.cancelled')
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function commandOf(subject: SweepSubject, seed: number): string {
  const what =
    subject.kind === 'campaigns'
      ? '--campaigns'
      : `--recipe ${subject.recipe} --trial ${subject.trial} --group ${subject.group}`
  return `kuorum sim sweep ${what} --seeds ${seed}..${seed}`
}
