/** One row for each guest a fault hit; a fault that hit none, or was skipped, has one row of its own. */
import type { FaultResult, PhaseMark } from '../../../../shared/domain/results.ts'

export interface FaultRow {
  readonly key: string
  readonly ordinal: number
  readonly fault: FaultResult
  readonly guest?: FaultResult['guests'][number]
  /** Seconds after the injection; absent for moments that were not seen. */
  readonly moments: Readonly<Partial<Record<PhaseMark['phase'], number>>>
}

export function faultRowsOf(faults: readonly FaultResult[]): readonly FaultRow[] {
  return faults.flatMap((fault, index): readonly FaultRow[] => {
    const ordinal = index + 1
    const hit = fault.guests.filter((guest) => guest.hit)
    if (hit.length === 0) return [{ key: fault.fault, ordinal, fault, moments: {} }]
    return hit.map((guest) => ({
      key: `${fault.fault} ${guest.guest}`,
      ordinal,
      fault,
      guest,
      moments: Object.fromEntries(guest.phases.map(({ phase, seconds }) => [phase, seconds])),
    }))
  })
}
