import type { RunSpec } from '../../shared/domain/run.ts'
import type { Series } from '../../shared/domain/sample.ts'
import type { LabSession } from '../contracts/lab-session.ts'

/** Time the runner of real probes has to get ready before the first tick is due. */
const leadMs = 200

/** Subject of the series that must always answer: it tells a guest's outage from the observer's own. */
export const controlSubject = 'control'

/**
 * The series of a run: each planned probe against each guest and against the control address. Their ticks are
 * spread over the interval, because probes sent in one burst disturb each other.
 */
export function planSeries(
  spec: RunSpec,
  addressOf: LabSession['addressOf'],
  startMs: number,
): readonly Series[] {
  const subjects = [...spec.lab.guests.map(({ id }) => id), controlSubject]
  const count = spec.plan.probes.length * subjects.length
  return spec.plan.probes.flatMap(({ kind, intervalMs, deadlineMs }, probeIndex) =>
    subjects.map((subject, subjectIndex) => {
      const index = probeIndex * subjects.length + subjectIndex
      const phaseMs = Math.floor((intervalMs * index) / count)
      const originMs = startMs + leadMs + phaseMs
      return { index, kind, subject, address: addressOf(subject, kind), intervalMs, deadlineMs, originMs }
    }),
  )
}
