/** Where exactly an input is wrong, in words a person can search for in it. */
import type { z } from 'zod'

export interface WrongField {
  /** Dotted path, `(root)` for the whole. */
  readonly field: string
  readonly message: string
}

/**
 * The first thing a schema complained about. A union only says "none of them" about its own place, so the
 * branch that got furthest into the value speaks for it.
 */
export function wrongFieldOf(error: z.ZodError): WrongField {
  const issue = error.issues[0]
  if (issue === undefined) return { field: '(root)', message: '' }
  const found = deepest(issue)
  return {
    field: found.path.length === 0 ? '(root)' : found.path.map(String).join('.'),
    message: found.message,
  }
}

interface Found {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

function deepest(issue: z.core.$ZodIssue): Found {
  if (issue.code === 'unrecognized_keys')
    return { path: [...issue.path, issue.keys[0] ?? ''], message: issue.message }
  const own: Found = { path: issue.path, message: issue.message }
  if (issue.code !== 'invalid_union') return own
  return issue.errors
    .flatMap((branch) => branch.slice(0, 1).map(deepest))
    .map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
    .reduce((best, found) => (found.path.length > best.path.length ? found : best), own)
}
