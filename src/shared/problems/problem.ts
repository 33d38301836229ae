/** An expected failure as data. The sentence a person reads lives in the catalogue of each language. */
import type { ProblemCode } from './codes.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export interface Problem {
  readonly code: ProblemCode
  readonly params: Readonly<Record<string, string | number>>
  /** Foreign text (an operating system's message, a parser's), shown folded away. */
  readonly detail?: string
}

export function problem(
  code: ProblemCode,
  params: Readonly<Record<string, string | number>> = {},
  detail?: string,
): Problem {
  return detail === undefined ? { code, params } : { code, params, detail }
}

/** Carries a Problem through code that signals failure by throwing. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.code} ${JSON.stringify(problem.params)}`, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

export function throwProblem(
  code: ProblemCode,
  params: Readonly<Record<string, string | number>> = {},
  detail?: string,
): never {
  throw new ProblemError(problem(code, params, detail))
}
