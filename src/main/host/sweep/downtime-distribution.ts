/** How the downtimes of a sweep are spread, and which part of the way back to service makes the spread. */
import { phaseOrder } from '../../../shared/analysis/phases.ts'
import { quantile } from '../../../shared/analysis/statistics.ts'
import { planWindowSeconds } from '../../../shared/domain/plan.ts'
import type { Recipe } from '../../../shared/domain/recipe.ts'
import type { SweepDowntime, SweepSubject } from './sweep-report.ts'

/** Seconds. */
export interface Spread {
  readonly n: number
  readonly min: number
  readonly lowerQuartile: number
  readonly median: number
  readonly upperQuartile: number
  readonly max: number
}

export interface DowntimeRow extends Spread {
  readonly faultKind: string
  readonly guestKind: 'vm' | 'ct'
  /** Whether the node that was hit was the HA master; absent in the row of both together. */
  readonly wasCrmMaster?: boolean
  /** What the paper's table means per fault for guests of this kind; absent where it has none. */
  readonly publishedSeconds?: { readonly min: number; readonly max: number }
  /** Steps on the way back, each counted from the one before it. */
  readonly steps: readonly (Spread & { readonly phase: string })[]
}

export function downtimeRows(
  downtimes: readonly SweepDowntime[],
  subject: SweepSubject,
  recipe: Recipe | undefined,
): readonly DowntimeRow[] {
  const groups = Map.groupBy(downtimes, ({ faultKind, guestKind }) => `${faultKind} ${guestKind}`)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { faultKind, guestKind } = first
    const published = publishedSeconds(recipe, subject, new Set(group.map(({ guest }) => guest)))
    const together = {
      faultKind,
      guestKind,
      ...rowOf(group),
      ...(published.length === 0
        ? {}
        : { publishedSeconds: { min: Math.min(...published), max: Math.max(...published) } }),
    }
    const apart = [false, true].flatMap((wasCrmMaster) => {
      const part = group.filter((downtime) => downtime.wasCrmMaster === wasCrmMaster)
      return part.length === 0 ? [] : [{ faultKind, guestKind, wasCrmMaster, ...rowOf(part) }]
    })
    return [together, ...apart]
  })
}

function rowOf(downtimes: readonly SweepDowntime[]): Spread & Pick<DowntimeRow, 'steps'> {
  const seconds = downtimes.map(({ lowSeconds, highSeconds }) => (lowSeconds + highSeconds) / 2)
  return { ...spreadOf(seconds), steps: stepsOf(downtimes) }
}

/** The steps that most of the downtimes have, in the order in which they follow each other. */
function stepsOf(group: readonly SweepDowntime[]): DowntimeRow['steps'] {
  const lengths = new Map<string, number[]>()
  for (const { phases } of group) {
    let beforeSeconds = 0
    const marks = phaseOrder.flatMap((phase) => {
      const seconds = phases[phase]
      return seconds === undefined ? [] : [{ phase, seconds }]
    })
    for (const { phase, seconds } of marks.sort((a, b) => a.seconds - b.seconds)) {
      lengths.set(phase, [...(lengths.get(phase) ?? []), seconds - beforeSeconds])
      beforeSeconds = seconds
    }
  }
  return phaseOrder.flatMap((phase) => {
    const steps = lengths.get(phase) ?? []
    return steps.length * 2 <= group.length ? [] : [{ phase, ...spreadOf(steps) }]
  })
}

function spreadOf(values: readonly number[]): Spread {
  const at = (fraction: number) => quantile(values, fraction) ?? Number.NaN
  return {
    n: values.length,
    min: at(0),
    lowerQuartile: at(0.25),
    median: at(0.5),
    upperQuartile: at(0.75),
    max: at(1),
  }
}

/** An availability in percent is downtime per fault once the length of the run and its faults are known. */
function publishedSeconds(
  recipe: Recipe | undefined,
  subject: SweepSubject,
  guests: ReadonlySet<string>,
): readonly number[] {
  const [plan] = recipe?.plans ?? []
  if (recipe === undefined || plan === undefined || subject.kind !== 'recipe' || subject.group === 'control')
    return []
  const perFault = planWindowSeconds(plan) / plan.faults.length
  return recipe.publishedTables
    .filter(({ unit }) => unit === 'percent')
    .flatMap(({ cells }) => cells)
    .filter(({ trial, guest }) => trial === subject.trial && guests.has(guest))
    .map(({ value }) => ((100 - value) / 100) * perFault)
}
