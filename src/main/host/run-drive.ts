/** Brings together what one run needs (clock, lab, engine, run file) and drives it to its end. */
import type { JournalEntry, RunOutcome } from '../../shared/domain/journal.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { Sample, Series } from '../../shared/domain/sample.ts'
import type { Speed } from '../../shared/host-api/table.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import type { RunWriter } from '../contracts/run-store.ts'
import { createRun } from '../engine/run.ts'
import { faultCatalogue } from '../faults/catalogue.ts'
import { openEmbeddedLab } from '../simulator/embedded-lab.ts'

export interface RunDriveOptions {
  readonly spec: RunSpec
  readonly writer: RunWriter
  /** Journal of an interrupted run; empty for a new one. */
  readonly history: readonly JournalEntry[]
  readonly speed: Speed
  /** Measures how long the run takes in real time. */
  readonly realClock: Clock
  readonly log: Logger
  readonly onEntry?: (entry: JournalEntry) => void
  readonly onSample?: (series: Series, sample: Sample) => void
}

export interface RunEnd {
  readonly outcome: RunOutcome
  readonly journalSha256: string
  readonly wallSeconds: number
}

export interface RunDrive {
  /** Settles when the run has ended and its file is closed; undefined when it was stopped before its end. */
  readonly finished: Promise<RunEnd | undefined>
  nowMs(): number
  speed(): Speed
  setSpeed(speed: Speed): void
  /** Holds the schedule as soon as no fault is open. */
  pause(): void
  proceed(): void
  skipFault(): void
  cancel(): void
  /** Resolves when everything so far is in the file, where a reader finds it. */
  flush(): Promise<void>
  /** Stops where it is, with everything so far on disk: the run can be resumed. */
  stop(): Promise<void>
}

const factorOf: Readonly<Record<Speed, number>> = {
  '1': 1,
  '60': 60,
  '720': 720,
  max: Number.POSITIVE_INFINITY,
}

/**
 * Starts driving at once. The lab is embedded, so virtual time carries the run; a resumed run repeats its past
 * as fast as the machine can and then goes on at the chosen speed.
 */
export function driveRun(options: RunDriveOptions): RunDrive {
  const { spec, writer, history, realClock, log } = options
  const clock = new VirtualClock()
  const random = seededRandom(spec.seed)
  let speed = options.speed
  const pastEndsAtMs = history.at(-1)?.atMs
  if (pastEndsAtMs === undefined) clock.setSpeed(factorOf[speed])
  else clock.at(pastEndsAtMs, () => clock.setSpeed(factorOf[speed]))

  const lab = openEmbeddedLab({ lab: spec.lab, group: spec.group, clock, random: random.fork('lab') })
  const run = createRun({
    spec,
    lab,
    clock,
    random: random.fork('engine'),
    writer: tapped(writer, options.onSample),
    faults: faultCatalogue,
    history,
    log,
  })
  if (options.onEntry) run.onEvent(options.onEntry)

  const startedMs = realClock.nowMs()
  const drive = async (): Promise<RunEnd> => {
    try {
      const outcome = await clock.run(() => run.start())
      const { journalSha256 } = await writer.close()
      return { outcome, journalSha256, wallSeconds: (realClock.nowMs() - startedMs) / 1000 }
    } catch (error) {
      // The first failure is the one to tell; closing can only fail for the same reason.
      await writer.close().catch(() => {})
      throw error
    } finally {
      await lab.close()
    }
  }
  const stopped = Promise.withResolvers<undefined>()
  return {
    finished: Promise.race([drive(), stopped.promise]),
    nowMs: () => clock.nowMs(),
    speed: () => speed,
    setSpeed: (next) => {
      speed = next
      if (pastEndsAtMs === undefined || clock.nowMs() >= pastEndsAtMs) clock.setSpeed(factorOf[next])
    },
    pause: () => run.pause(),
    proceed: () => run.proceed(),
    skipFault: () => run.skipFault(),
    cancel: () => run.cancel(),
    flush: () => writer.flush(),
    stop: async () => {
      clock.pause()
      await writer.close()
      stopped.resolve(undefined)
    },
  }
}

function tapped(writer: RunWriter, onSample: RunDriveOptions['onSample']): RunWriter {
  if (onSample === undefined) return writer
  return {
    path: writer.path,
    append: (atMs, event, urgency) => writer.append(atMs, event, urgency),
    declareSeries: (series) => writer.declareSeries(series),
    record: (series, sample) => {
      writer.record(series, sample)
      onSample(series, sample)
    },
    flush: () => writer.flush(),
    close: () => writer.close(),
  }
}
