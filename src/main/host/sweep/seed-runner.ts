/** The courses of one seed, whatever is swept. */
import { randomCampaign } from '../../simulator/campaign/random-campaign.ts'
import { runCampaign } from '../../simulator/campaign/run-campaign.ts'
import { loadRecipes, recipeById } from '../recipes.ts'
import { recipeFolder } from '../resource-folders.ts'
import { runSpecOf } from '../run-spec.ts'
import { recipeCourse } from './recipe-course.ts'
import type { SeedResult } from './sweep-messages.ts'
import type { SweepSubject } from './sweep-report.ts'

export function seedRunner(subject: SweepSubject): (seed: number) => Promise<SeedResult> {
  if (subject.kind === 'campaigns') return async (seed) => campaignResult(seed)
  const recipe = recipeById(loadRecipes(recipeFolder()), subject.recipe)
  const { trial, group } = subject
  return async (seed) => {
    const courses = []
    for (const plan of subject.plans)
      courses.push(await recipeCourse(runSpecOf(recipe, { trial, group, plan, seed })))
    return {
      seed,
      courses: courses.length,
      simulatedSeconds: courses.reduce((sum, { simulatedSeconds }) => sum + simulatedSeconds, 0),
      violations: courses.flatMap(({ violations }) => violations),
      downtimes: courses.flatMap(({ downtimes }) => downtimes),
    }
  }
}

function campaignResult(seed: number): SeedResult {
  return { seed, courses: 1, downtimes: [], ...runCampaign(randomCampaign(seed)) }
}
