/** Turns what a schema has to say about bad input into a Problem that names the field. */
import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { throwProblem } from '../../shared/problems/problem.ts'
import { wrongFieldOf } from './issue-field.ts'

/** Larger plans and labs than this are not written by people. */
const maxInputBytes = 4 * 1024 * 1024

export function parseInput<T extends z.ZodType>(schema: T, value: unknown, source: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { field, message } = wrongFieldOf(result.error)
  return throwProblem('input.invalid-field', { source, field }, message)
}

/** Reads a JSON file a person named. Throws `input.*` Problems. */
export function readJsonFile(path: string): unknown {
  let text: string
  try {
    if (statSync(path).size > maxInputBytes)
      throwProblem('input.file-unreadable', { path }, 'larger than 4 MiB')
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throwProblem('input.file-missing', { path })
    if (code !== undefined) throwProblem('input.file-unreadable', { path }, code)
    throw error
  }
  try {
    // Editors on Windows put a mark of the encoding before the text.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return throwProblem('input.not-json', { path }, (error as Error).message)
  }
}
