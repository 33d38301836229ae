/** A run beside the published table: the same formula on both sides, and downtime per fault, which does not depend on the window. */
import { downtimeSecondsOf } from '../../../../shared/analysis/availability.ts'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import type { GuestResult, RunResults } from '../../../../shared/domain/results.ts'

export interface PaperRow {
  readonly guest: string
  readonly name: string
  readonly hits: number
  readonly faults: number
  readonly publishedPercent: number | null
  readonly oursPercent: number
  readonly differencePoints: number | null
  /** Downtime per injected fault, hit or not. */
  readonly paperPerFaultSeconds: number | null
  readonly oursPerFaultSeconds: number | null
  readonly oursMedianPerHitSeconds: number | null
  readonly verdict: 'lower' | 'higher' | 'equal' | 'not-published'
}

export interface PaperComparison {
  readonly rows: readonly PaperRow[]
  /** The published schedule, and whether this run kept to its length and number of faults. */
  readonly paperWindowSeconds: number
  readonly paperFaults: number
  readonly isSamePlan: boolean
}

export function paperComparisonOf(results: RunResults, recipe: Recipe): PaperComparison {
  const [published] = recipe.plans
  const paperWindowSeconds = published === undefined ? 0 : planWindowSeconds(published)
  const paperFaults = published?.faults.length ?? 0
  return {
    rows: results.guests.map((guest) => rowOf(guest, paperWindowSeconds, paperFaults)),
    paperWindowSeconds,
    paperFaults,
    isSamePlan:
      Math.abs(results.windowSeconds - paperWindowSeconds) < 1 && results.faultsInjected === paperFaults,
  }
}

function rowOf(guest: GuestResult, paperWindowSeconds: number, paperFaults: number): PaperRow {
  const { publishedPercent, paperAvailabilityPercent: oursPercent, windowSeconds, faults } = guest
  const differencePoints = publishedPercent === null ? null : oursPercent - publishedPercent
  return {
    guest: guest.guest,
    name: guest.guestName,
    hits: guest.hits,
    faults,
    publishedPercent,
    oursPercent,
    differencePoints,
    paperPerFaultSeconds:
      publishedPercent === null || paperFaults === 0
        ? null
        : downtimeSecondsOf(publishedPercent, paperWindowSeconds) / paperFaults,
    oursPerFaultSeconds: faults === 0 ? null : downtimeSecondsOf(oursPercent, windowSeconds) / faults,
    oursMedianPerHitSeconds: guest.medianDowntimePerHitSeconds,
    verdict: verdictOf(differencePoints, (100 * guest.intervalMs) / 1000 / windowSeconds),
  }
}

/** Nothing smaller than one probe interval was measured. */
function verdictOf(differencePoints: number | null, resolutionPoints: number): PaperRow['verdict'] {
  if (differencePoints === null) return 'not-published'
  if (Math.abs(differencePoints) <= resolutionPoints) return 'equal'
  return differencePoints < 0 ? 'lower' : 'higher'
}
