/** The shipped recipe, for tests of what the window does with one. */
import P0 from '../../../../resources/recipes/P0.json'
import type { Recipe } from '../../../shared/domain/recipe.ts'

export const exampleRecipe = P0 as unknown as Recipe
