/** One run of a recipe with every invariant checked, and what it made the guests live through. */
import { resultsOf } from '../../../shared/analysis/results.ts'
import { guestKindOf } from '../../../shared/domain/lab.ts'
import type { FaultResult } from '../../../shared/domain/results.ts'
import type { RunSpec } from '../../../shared/domain/run.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { createRun } from '../../engine/run.ts'
import { faultCatalogue } from '../../faults/catalogue.ts'
import { openEmbeddedLab } from '../../simulator/embedded-lab.ts'
import type { Violation } from '../../simulator/invariants/invariant.ts'
import { MemoryRecord } from './memory-record.ts'
import type { SweepDowntime } from './sweep-report.ts'

export interface RecipeCourse {
  readonly violations: readonly Violation[]
  readonly downtimes: readonly Omit<SweepDowntime, 'seed'>[]
  readonly simulatedSeconds: number
}

/** The same run as `kuorum run` makes of that specification, without a file. */
export async function recipeCourse(spec: RunSpec): Promise<RecipeCourse> {
  const clock = new VirtualClock()
  const random = seededRandom(spec.seed)
  const record = new MemoryRecord()
  const violations: Violation[] = []
  const lab = openEmbeddedLab({
    lab: spec.lab,
    group: spec.group,
    clock,
    random: random.fork('lab'),
    violated: (violation) => violations.push(violation),
  })
  const run = createRun({
    spec,
    lab,
    clock,
    random: random.fork('engine'),
    writer: record,
    faults: faultCatalogue,
    history: [],
    log: silentLogger,
  })
  const simulatedSeconds = () => clock.nowMs() / 1000
  try {
    const outcome = await clock.run(() => run.start())
    if (outcome !== 'completed') violations.push(broken(clock.nowMs(), `the run ended as ${outcome}`))
  } catch (error) {
    const observed = error instanceof Error ? (error.stack ?? error.message) : String(error)
    violations.push(broken(clock.nowMs(), observed))
    return { violations, downtimes: [], simulatedSeconds: simulatedSeconds() }
  } finally {
    await lab.close()
  }
  const { faults } = resultsOf({
    spec,
    entries: record.entries,
    series: record.series,
    samples: record,
    publishedPercentOf: () => null,
  })
  const downtimes = faults.flatMap((fault) => downtimesOf(spec.plan.id, fault))
  return { violations, downtimes, simulatedSeconds: simulatedSeconds() }
}

function broken(atMs: number, observed: string): Violation {
  return { invariant: 'sound-model', atMs, subject: 'lab', observed }
}

/** Of the guests that ran on the node the fault hit. */
function downtimesOf(plan: string, fault: FaultResult): Omit<SweepDowntime, 'seed'>[] {
  return fault.guests
    .filter(({ hit, censored }) => hit && !censored)
    .map(({ guest, downtimeLowSeconds, downtimeHighSeconds, phases }) => ({
      plan,
      fault: fault.fault,
      faultKind: fault.kind,
      guest,
      guestKind: guestKindOf(guest),
      wasCrmMaster: fault.wasCrmMaster === true,
      lowSeconds: toMilliseconds(downtimeLowSeconds),
      highSeconds: toMilliseconds(downtimeHighSeconds),
      phases: Object.fromEntries(phases.map(({ phase, seconds }) => [phase, toMilliseconds(seconds)])),
    }))
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
