import type { FaultKind } from '../../shared/domain/plan.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { FaultContext } from '../contracts/fault.ts'

/** What a kind of fault needs of a lab; rejects the fault where what hosts the lab cannot do it. */
export function facetOf<Facet>(facet: Facet | undefined, kind: FaultKind, { fault }: FaultContext): Facet {
  return facet ?? throwProblem('run.fault-not-possible', { fault, kind })
}
