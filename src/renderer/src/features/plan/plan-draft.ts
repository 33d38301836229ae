/** What the user is about to run: choices and, where touched, faults of their own. Pure functions only. */
import { editedPlanId } from '../../../../shared/domain/edited-plan-id.ts'
import type { Plan, PlannedFault, TargetRule } from '../../../../shared/domain/plan.ts'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Group, Recipe, TrialId } from '../../../../shared/domain/recipe.ts'
import type { CallInput, Speed } from '../../../../shared/host-api/table.ts'

export interface PlanDraft {
  readonly trial: TrialId
  readonly group: Group
  /** Null for all guests of the trial together, else the one that runs alone. */
  readonly onlyGuest: string | null
  readonly plan: string
  /** In order of time. */
  readonly faults: readonly PlannedFault[]
  readonly seed: number
  readonly speed: Speed
}

export type FaultChanges = Partial<Omit<PlannedFault, 'id'>>

/** The default trial with the published schedule, or with the plan asked for. */
export function draftOf(recipe: Recipe, planId: string | undefined, speed: Speed): PlanDraft {
  const plan = recipe.plans.find(({ id }) => id === planId) ?? recipe.plans[0]
  return withSchedule(
    recipe,
    {
      trial: recipe.defaultTrial,
      group: 'treatment',
      onlyGuest: null,
      plan: '',
      faults: [],
      seed: 1,
      speed,
    },
    plan?.id ?? '',
  )
}

/** Guests that take part, by id, in the recipe's order. */
export function guestIdsOf(recipe: Recipe, draft: Pick<PlanDraft, 'trial' | 'onlyGuest'>): readonly string[] {
  const trial = recipe.trials.find(({ id }) => id === draft.trial)
  const ids = recipe.guests.map(({ id }) => id).filter((id) => trial?.guests.includes(id))
  return draft.onlyGuest === null ? ids : ids.filter((id) => id === draft.onlyGuest)
}

export function basePlanOf(recipe: Recipe, draft: Pick<PlanDraft, 'plan'>): Plan | undefined {
  const found = recipe.plans.find(({ id }) => id === draft.plan)
  if (!found) return undefined
  const { title: _title, summary: _summary, ...plan } = found
  return plan
}

export function withSchedule(recipe: Recipe, draft: PlanDraft, plan: string): PlanDraft {
  return { ...draft, plan, faults: publishedFaultsOf(recipe, { ...draft, plan }) }
}

/** Another trial may lack guests; faults that follow a missing one follow the remaining ones in turn. */
export function withTrial(recipe: Recipe, draft: PlanDraft, trial: TrialId): PlanDraft {
  return reaimed(recipe, { ...draft, trial, onlyGuest: null })
}

export function withOnlyGuest(recipe: Recipe, draft: PlanDraft, onlyGuest: string | null): PlanDraft {
  const touched = isEdited(recipe, draft)
  const next = { ...draft, onlyGuest }
  return touched ? reaimed(recipe, next) : { ...next, faults: publishedFaultsOf(recipe, next) }
}

function reaimed(recipe: Recipe, draft: PlanDraft): PlanDraft {
  return { ...draft, faults: aimedAtGuests(draft.faults, guestIdsOf(recipe, draft)) }
}

function publishedFaultsOf(recipe: Recipe, draft: PlanDraft): readonly PlannedFault[] {
  return aimedAtGuests(basePlanOf(recipe, draft)?.faults ?? [], guestIdsOf(recipe, draft))
}

function aimedAtGuests(
  faults: readonly PlannedFault[],
  guestIds: readonly string[],
): readonly PlannedFault[] {
  return faults.map((fault, index) => {
    const guest = guestIds[index % guestIds.length]
    const isAimed = fault.target.rule !== 'hosting-guest' || guestIds.includes(fault.target.guest)
    return isAimed || guest === undefined ? fault : { ...fault, target: { rule: 'hosting-guest', guest } }
  })
}

export function withFault(draft: PlanDraft, id: string, changes: FaultChanges): PlanDraft {
  const faults = draft.faults.map((fault) => (fault.id === id ? { ...fault, ...changes } : fault))
  return { ...draft, faults: inOrder(faults) }
}

export function withoutFault(draft: PlanDraft, id: string): PlanDraft {
  return { ...draft, faults: draft.faults.filter((fault) => fault.id !== id) }
}

/** A further fault like the last one, an hour later or where there is room before the end. */
export function withAddedFault(recipe: Recipe, draft: PlanDraft): PlanDraft {
  const last = draft.faults.at(-1)
  const windowSeconds = planWindowSeconds(basePlanOf(recipe, draft) ?? { phases: [] })
  const healAfterSeconds = last?.healAfterSeconds ?? Math.min(600, Math.floor(windowSeconds / 4))
  const jitterSeconds = last?.jitterSeconds ?? 0
  const latest = Math.max(0, Math.floor(windowSeconds - healAfterSeconds - jitterSeconds))
  const fault: PlannedFault = {
    id: freeFaultId(draft.faults),
    kind: last?.kind ?? 'node-power-off',
    atSeconds: Math.min(latest, (last?.atSeconds ?? 0) + (last ? 3600 : Math.floor(windowSeconds / 4))),
    jitterSeconds,
    target: last?.target ?? { rule: 'round-robin' },
    healAfterSeconds,
  }
  return { ...draft, faults: inOrder([...draft.faults, fault]) }
}

function inOrder(faults: readonly PlannedFault[]): readonly PlannedFault[] {
  return faults.toSorted((a, b) => a.atSeconds - b.atSeconds)
}

function freeFaultId(faults: readonly PlannedFault[]): string {
  const taken = new Set(faults.map(({ id }) => id))
  for (let number = faults.length + 1; ; number += 1) {
    const id = `fault-${number}`
    if (!taken.has(id)) return id
  }
}

/** True when the faults are no longer those of the recipe's plan. */
export function isEdited(recipe: Recipe, draft: PlanDraft): boolean {
  return JSON.stringify(draft.faults) !== JSON.stringify(publishedFaultsOf(recipe, draft))
}

/** The plan as it would run. */
export function planOf(recipe: Recipe, draft: PlanDraft): Plan | undefined {
  const base = basePlanOf(recipe, draft)
  if (!base) return undefined
  const id = isEdited(recipe, draft) ? editedPlanId(base.id) : base.id
  return { ...base, id, faults: [...draft.faults] }
}

/** What `runs.start` is asked. An untouched plan is asked for by its name, so that it is known as the published one. */
export function startRequestOf(recipe: Recipe, draft: PlanDraft): CallInput<'runs.start'> {
  const edited = isEdited(recipe, draft) ? planOf(recipe, draft) : undefined
  return {
    recipe: recipe.id,
    trial: draft.trial,
    group: draft.group,
    plan: edited ?? draft.plan,
    guests: draft.onlyGuest === null ? 'together' : { only: draft.onlyGuest },
    seed: draft.seed,
    speed: draft.speed,
  }
}

/** The rule with a first choice where it needs one. */
export function targetOfRule(
  rule: TargetRule['rule'],
  guestIds: readonly string[],
  nodes: readonly string[],
): TargetRule {
  switch (rule) {
    case 'fixed':
      return { rule, node: nodes[0] ?? '' }
    case 'hosting-guest':
      return { rule, guest: guestIds[0] ?? '' }
    default:
      return { rule }
  }
}

export const targetRules = [
  'hosting-guest',
  'fixed',
  'crm-master',
  'round-robin',
  'random',
] as const satisfies readonly TargetRule['rule'][]
