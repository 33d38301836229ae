import { resolve } from 'node:path'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { openStore } from '../../../host/open-store.ts'
import { loadRecipes } from '../../../host/recipes.ts'
import { recipeFolder } from '../../../host/resource-folders.ts'
import { reviewRun } from '../../../host/run-review.ts'
import type { Command } from '../command.ts'
import { printResults } from '../result-tables.ts'

export const reviewCommand: Command<{ readonly files: readonly string[] }> = async ({ files }, context) => {
  const { output, workingFolder } = context
  const store = await openStore()
  const recipes = loadRecipes(recipeFolder())
  const documents = files.map((file) => {
    const path = resolve(workingFolder, file)
    const reader = store.read(path)
    try {
      const review = reviewRun(reader, recipes)
      printResults(output, review)
      const { spec, state, results } = review
      output.line()
      return {
        path,
        spec,
        status: state.status,
        outcome: state.outcome ?? null,
        sessions: reader.sessions,
        ...results,
      }
    } finally {
      reader.close()
    }
  })
  if (output.json) output.document(documents.length === 1 ? documents[0] : documents)
  return exitCodes.ok
}
