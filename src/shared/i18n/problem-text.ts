/** The three sentences a person reads about a Problem. */
import type { Problem } from '../problems/problem.ts'
import type { Language } from './catalogue.ts'
import { createTranslator } from './translator.ts'

export interface ProblemText {
  /** What happened. */
  readonly what: string
  /** Why, probably. */
  readonly why: string
  /** What to do now. */
  readonly fix: string
}

export function problemTextOf(language: Language, { code, params }: Problem): ProblemText {
  const translate = createTranslator(language)
  return {
    what: translate(`problems:${code}.what`, params),
    why: translate(`problems:${code}.why`, params),
    fix: translate(`problems:${code}.fix`, params),
  }
}
