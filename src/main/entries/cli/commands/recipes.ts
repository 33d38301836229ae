import { exitCodes } from '../../../../shared/problems/codes.ts'
import { feasibilityOf } from '../../../host/feasibility.ts'
import { loadRecipes, recipeById } from '../../../host/recipes.ts'
import { recipeFolder } from '../../../host/resource-folders.ts'
import type { Command } from '../command.ts'
import { textTable } from '../output.ts'

export const recipesCommand: Command<object> = async (_, { output }) => {
  const recipes = loadRecipes(recipeFolder())
  if (output.json) output.document(recipes.map(({ id, title, source }) => ({ id, title, source })))
  for (const { id, title } of recipes)
    output.line(output.t('cli:recipes.line', { id, title: title[output.language] }))
  return exitCodes.ok
}

export const recipeShowCommand: Command<{ readonly id: string }> = async ({ id }, { output }) => {
  const recipe = recipeById(loadRecipes(recipeFolder()), id)
  const feasibility = feasibilityOf(recipe)
  if (output.json) {
    output.document({ ...recipe, feasibility })
    return exitCodes.ok
  }
  const { t, language } = output
  output.line(t('cli:recipes.line', { id: recipe.id, title: recipe.title[language] }))
  output.line(t('cli:recipes.source', { source: recipe.source }))
  output.line(recipe.summary[language])
  output.line()
  output.line(t('cli:recipes.plans'))
  for (const plan of recipe.plans)
    output.line(`  ${plan.id}: ${plan.title[language]}. ${plan.summary[language]}`)
  for (const table of recipe.publishedTables) {
    output.line()
    output.line(table.title[language])
    const rows = recipe.trials.map((trial) => [
      trial.id,
      ...recipe.guests.map(
        (guest) =>
          table.cells.find((cell) => cell.trial === trial.id && cell.guest === guest.id)?.value ?? '-',
      ),
    ])
    output.line(textTable([t('cli:table.trial'), ...recipe.guests.map((guest) => guest.name)], rows))
  }
  output.line()
  output.line(
    textTable(
      [
        t('cli:table.trial'),
        t('cli:table.laptop'),
        t('cli:table.verdict'),
        t('cli:table.spare'),
        t('cli:table.spareAfterLoss'),
      ],
      feasibility.map((row) => [
        row.trial,
        `${row.laptopRamGiB} GiB`,
        t(`cli:verdict.${row.verdict}`),
        row.laptopSpareMiB,
        row.spareAfterNodeLossMiB,
      ]),
    ),
  )
  output.line()
  output.line(t('cli:recipes.limits'))
  for (const limit of recipe.limits) output.line(`  - ${limit[language]}`)
  return exitCodes.ok
}
