/** Picks the reader's language from text that data (a recipe) carries in both. */
import type { LocalizedText } from '../domain/recipe.ts'
import type { Language } from './catalogue.ts'

export function localizedTextOf(language: Language, text: LocalizedText): string {
  return text[language]
}
