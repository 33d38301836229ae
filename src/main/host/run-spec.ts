/** From a recipe and a few choices to the specification of one run. */
import { isCephFault } from '../../shared/domain/fault-scope.ts'
import type { Lab, LabGuest } from '../../shared/domain/lab.ts'
import type { Plan, PlannedFault } from '../../shared/domain/plan.ts'
import type { Group, Recipe, TrialId } from '../../shared/domain/recipe.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import { throwProblem } from '../../shared/problems/problem.ts'

export interface RunChoices {
  readonly trial?: TrialId
  readonly group: Group
  /** Id of a plan of the recipe, or a plan of the user's own; the published schedule when absent. */
  readonly plan?: string | Plan
  /** Run this guest alone; all guests of the trial together when absent. */
  readonly onlyGuest?: string
  readonly seed: number
  /** Lab of the user's own instead of the recipe's. */
  readonly lab?: Lab
}

export function runSpecOf(recipe: Recipe, choices: RunChoices): RunSpec {
  const trialId = choices.trial ?? recipe.defaultTrial
  const lab = choices.lab ?? labOf(recipe, trialId, choices.onlyGuest)
  const plan =
    typeof choices.plan === 'object'
      ? checkedAgainstLab(choices.plan, lab)
      : aimedAtGuestsOf(recipePlan(recipe, choices.plan), lab)
  return {
    recipe: recipe.id,
    recipeVersion: recipe.version,
    trial: trialId,
    group: choices.group,
    backend: 'simulated',
    seed: choices.seed,
    lab,
    plan,
  }
}

/** Guests the trial has, in the recipe's order. */
export function guestsOfTrial(recipe: Recipe, trialId: TrialId): readonly LabGuest[] {
  const trial = trialOf(recipe, trialId)
  return recipe.guests.filter((guest) => trial.guests.includes(guest.id))
}

function trialOf(recipe: Recipe, id: TrialId) {
  return (
    recipe.trials.find((trial) => trial.id === id) ??
    throwProblem('recipe.trial-unknown', {
      trial: id,
      known: recipe.trials.map((trial) => trial.id).join(', '),
    })
  )
}

function labOf(recipe: Recipe, trialId: TrialId, onlyGuest: string | undefined): Lab {
  const guests = guestsOfTrial(recipe, trialId).filter(
    ({ id }) => onlyGuest === undefined || id === onlyGuest,
  )
  if (onlyGuest !== undefined && guests.length === 0)
    throwProblem('plan.guest-unknown', { guest: onlyGuest, field: 'guests' })
  const { node } = trialOf(recipe, trialId)
  return {
    name: `${recipe.id}-${trialId}`,
    laptop: recipe.laptop,
    nodes: recipe.nodeNames.map((name) => ({ name, ...node })),
    guests,
    ceph: recipe.ceph,
  } as Lab
}

function recipePlan(recipe: Recipe, id: string | undefined): Plan {
  const found = id === undefined ? recipe.plans[0] : recipe.plans.find((plan) => plan.id === id)
  if (found === undefined)
    return throwProblem('plan.unknown', {
      plan: id ?? '',
      known: recipe.plans.map((plan) => plan.id).join(', '),
    })
  const { title: _title, summary: _summary, ...plan } = found
  return plan
}

/** Faults that follow a guest the lab does not have follow one of its guests in turn instead. */
function aimedAtGuestsOf(plan: Plan, lab: Lab): Plan {
  const ids = lab.guests.map((guest) => guest.id)
  const aim = (fault: PlannedFault, index: number): PlannedFault => {
    if (fault.target.rule !== 'hosting-guest' || ids.includes(fault.target.guest)) return fault
    const guest = ids[index % ids.length]
    return guest === undefined ? fault : { ...fault, target: { rule: 'hosting-guest', guest } }
  }
  return { ...plan, faults: plan.faults.map(aim) }
}

function checkedAgainstLab(plan: Plan, lab: Lab): Plan {
  plan.faults.forEach(({ kind, target }, index) => {
    const machines = kind === 'nas-power-off' ? serversOf(lab) : lab.nodes.map(({ name }) => name)
    if (target.rule === 'hosting-guest' && !lab.guests.some((guest) => guest.id === target.guest))
      throwProblem('plan.guest-unknown', { guest: target.guest, field: `faults.${index}.target.guest` })
    if (target.rule === 'fixed' && !machines.includes(target.node))
      throwProblem('plan.node-unknown', { node: target.node, field: `faults.${index}.target.node` })
    const lacks =
      (kind === 'nas-power-off' && machines.length === 0) ||
      (isCephFault(kind) && !lab.nodes.some(({ cephDiskGB }) => cephDiskGB > 0))
    if (lacks) throwProblem('plan.nothing-to-hit', { kind, field: `faults.${index}.kind` })
  })
  return plan
}

/** Names of the lab's NAS machines. */
function serversOf({ storages = [] }: Lab): readonly string[] {
  return storages.flatMap((storage) => (storage.kind === 'nfs' ? [storage.server] : []))
}
