/** Where the files shipped with the product are, from sources and from the bundle alike. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The nearest folder above this file that has `resources/recipes`. */
export function recipeFolder(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'resources', 'recipes')
    if (existsSync(candidate)) return candidate
    if (dirname(folder) === folder) throw new Error('the product’s resources folder is missing')
  }
}
