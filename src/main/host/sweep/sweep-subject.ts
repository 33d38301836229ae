/** What is to be swept, from the words of a user. */
import { planWindowSeconds } from '../../../shared/domain/plan.ts'
import type { Group, TrialId } from '../../../shared/domain/recipe.ts'
import { presentFields } from '../../base/present-fields.ts'
import { loadRecipes, recipeById } from '../recipes.ts'
import { recipeFolder } from '../resource-folders.ts'
import { runSpecOf } from '../run-spec.ts'
import { type DowntimeRow, downtimeRows } from './downtime-distribution.ts'
import type { SweepReport, SweepSubject } from './sweep-report.ts'

export interface RecipeChoice {
  readonly recipe: string
  /** The recipe's usual one if absent. */
  readonly trial?: TrialId | undefined
  readonly group: Group
  /** Ids of plans; if absent, every plan as long as the published one, so that each kind of fault is there. */
  readonly plans?: readonly string[] | undefined
}

/** Throws `recipe.*` and `plan.*` Problems for what the recipe does not have. */
export function recipeSubject(choice: RecipeChoice): SweepSubject {
  const recipe = recipeById(loadRecipes(recipeFolder()), choice.recipe)
  const [published] = recipe.plans
  const asLong = recipe.plans.filter(
    (plan) => published !== undefined && planWindowSeconds(plan) === planWindowSeconds(published),
  )
  const plans = choice.plans ?? asLong.map(({ id }) => id)
  const trial = choice.trial ?? recipe.defaultTrial
  for (const plan of plans)
    runSpecOf(recipe, { seed: 0, plan, group: choice.group, ...presentFields({ trial }) })
  return { kind: 'recipe', recipe: recipe.id, trial, group: choice.group, plans: [...new Set(plans)] }
}

/** The table of a sweep of a recipe; empty for other sweeps. A recipe that is gone leaves the paper's figures out. */
export function distributionOf({ subject, downtimes }: SweepReport): readonly DowntimeRow[] {
  if (subject.kind !== 'recipe') return []
  const recipe = loadRecipes(recipeFolder()).find(({ id }) => id === subject.recipe)
  return downtimeRows(downtimes, subject, recipe)
}
