import type { Caller } from './accounts.ts'
import type { Parameters } from './parameters.ts'
import type { ServedLab } from './served-lab.ts'

/** A checked request, on the member that carries it out. */
export interface Call {
  readonly lab: ServedLab
  readonly node: string
  readonly caller: Caller
  readonly parameters: Parameters
}

/** Gives the data, or throws an `ApiError`. */
export type Handler = (call: Call) => unknown
/** By method and path, as the facts name them. */
export type Handlers = Readonly<Record<string, Handler>>

/** The answer of an index page: one entry for each word. */
export function index(key: string, words: string): Handler {
  const entries = words.split(' ').map((word) => ({ [key]: word }))
  return () => entries
}
