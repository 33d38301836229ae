import type { RunSpec } from '../../../../shared/domain/run.ts'
import type { LineNames } from './event-lines.ts'

/** Faults by their number in the plan, guests by their name; ids where the run's plan is not known yet. */
export function lineNamesOf(spec: RunSpec | undefined): LineNames {
  const guests = new Map(spec?.lab.guests.map(({ id, name }) => [id, name]))
  const ordinals = new Map(spec?.plan.faults.map(({ id }, index) => [id, index + 1]))
  return {
    nameOf: (guest) => guests.get(guest) ?? guest,
    ordinalOf: (fault) => ordinals.get(fault) ?? 0,
  }
}
