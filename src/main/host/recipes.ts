/** Recipes are JSON files shipped with the product; each is checked when it is read. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Recipe, recipeSchema } from '../../shared/domain/recipe.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import { parseInput } from './parse-input.ts'

export function loadRecipes(folder: string): readonly Recipe[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => parseInput(recipeSchema, JSON.parse(readFileSync(join(folder, name), 'utf8')), name))
}

/** The recipe with that id, whatever its case. Throws `recipe.unknown`. */
export function recipeById(recipes: readonly Recipe[], id: string): Recipe {
  return (
    recipes.find((recipe) => recipe.id.toLowerCase() === id.toLowerCase()) ??
    throwProblem('recipe.unknown', { recipe: id, known: recipes.map((recipe) => recipe.id).join(', ') })
  )
}
