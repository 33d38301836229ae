/** What is wrong with a draft, field by field, told while it is edited. The host checks again before a run. */

import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import type { Problem } from '../../../../shared/problems/problem.ts'
import { basePlanOf, guestIdsOf, type PlanDraft } from './plan-draft.ts'

export type FaultField = 'kind' | 'atSeconds' | 'jitterSeconds' | 'target' | 'healAfterSeconds'

export interface PlanIssue {
  /** Id of the fault, or null for a choice that concerns the whole run. */
  readonly fault: string | null
  readonly field: FaultField | 'seed'
  /** Key of the sentence in the plan catalogue's `issues`. */
  readonly kind:
    | 'not-a-time'
    | 'after-end'
    | 'off-too-short'
    | 'jitter-range'
    | 'guest-missing'
    | 'node-missing'
    | 'seed-range'
    | 'host'
  /** Why the host refused, for `host`. */
  readonly problem?: Problem
}

const largestSeed = 4_294_967_295

export function issuesOf(recipe: Recipe, draft: PlanDraft): readonly PlanIssue[] {
  const windowSeconds = planWindowSeconds(basePlanOf(recipe, draft) ?? { phases: [] })
  const guestIds = guestIdsOf(recipe, draft)
  const issues: PlanIssue[] = []
  if (!Number.isInteger(draft.seed) || draft.seed < 0 || draft.seed > largestSeed)
    issues.push({ fault: null, field: 'seed', kind: 'seed-range' })
  for (const { id: fault, atSeconds, jitterSeconds, healAfterSeconds, target } of draft.faults) {
    if (healAfterSeconds < 1) issues.push({ fault, field: 'healAfterSeconds', kind: 'off-too-short' })
    if (!(jitterSeconds >= 0 && jitterSeconds <= 600))
      issues.push({ fault, field: 'jitterSeconds', kind: 'jitter-range' })
    if (atSeconds + jitterSeconds + healAfterSeconds > windowSeconds)
      issues.push({ fault, field: 'atSeconds', kind: 'after-end' })
    if (target.rule === 'hosting-guest' && !guestIds.includes(target.guest))
      issues.push({ fault, field: 'target', kind: 'guest-missing' })
    if (target.rule === 'fixed' && !recipe.nodeNames.includes(target.node))
      issues.push({ fault, field: 'target', kind: 'node-missing' })
  }
  return issues
}

/** The host's refusal at the field it names (`faults.3.atSeconds`), or at the plan as a whole. */
export function issueOfProblem(draft: PlanDraft, problem: Problem): PlanIssue {
  const [, index, field] = /faults\.(\d+)\.([A-Za-z]+)/.exec(String(problem.params.field ?? '')) ?? []
  const fault = index === undefined ? undefined : draft.faults[Number(index)]
  return {
    fault: fault?.id ?? null,
    field: fieldNames.find((name) => name === field) ?? 'atSeconds',
    kind: 'host',
    problem,
  }
}

const fieldNames: readonly FaultField[] = ['kind', 'atSeconds', 'jitterSeconds', 'target', 'healAfterSeconds']
