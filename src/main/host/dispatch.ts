/** Between a carrier and the handlers: everything that enters or leaves is checked against the table. */
import type { z } from 'zod'
import type { Reply } from '../../shared/host-api/definition.ts'
import { hostApi } from '../../shared/host-api/table.ts'
import { type Json, type Problem, ProblemError, problem } from '../../shared/problems/problem.ts'
import type { Logger } from '../contracts/logger.ts'
import type { Handlers } from './handlers.ts'
import { wrongFieldOf } from './issue-field.ts'

export interface Dispatcher {
  /** Never rejects: whatever goes wrong is a Problem in the reply. */
  call(name: string, input: unknown): Promise<Reply<Json>>
  /** Resolves at the stream's end, with a Problem if it failed. Nothing is emitted after `signal` aborted. */
  stream(
    name: string,
    input: unknown,
    emit: (item: Json) => void,
    signal: AbortSignal,
  ): Promise<Problem | undefined>
}

type AnyHandler = (input: unknown, emit?: (item: unknown) => void, signal?: AbortSignal) => unknown

export function createDispatcher(handlers: Handlers, log: Logger): Dispatcher {
  const handlerOf = (name: string) => (handlers as unknown as Readonly<Record<string, AnyHandler>>)[name]

  return {
    async call(name, input) {
      try {
        const definition = definitionOf(name, 'call')
        const checked = checkedInput(name, definition.input, input)
        const output = await handlerOf(name)?.(checked)
        return { ok: true, value: checkedOutput(name, definition.output, output) }
      } catch (error) {
        return { ok: false, problem: problemOf(error, name, log) }
      }
    },

    async stream(name, input, emit, signal) {
      const broken = new AbortController()
      try {
        const definition = definitionOf(name, 'stream')
        const checked = checkedInput(name, definition.input, input)
        await new Promise<unknown>((resolve, reject) => {
          const emitChecked = (item: unknown) => {
            if (signal.aborted || broken.signal.aborted) return
            try {
              emit(checkedOutput(name, definition.item, item))
            } catch (error) {
              // Ends the handler as well, but does not wait for it to notice.
              broken.abort()
              reject(error)
            }
          }
          const ended = handlerOf(name)?.(checked, emitChecked, AbortSignal.any([signal, broken.signal]))
          Promise.resolve(ended).then(resolve, reject)
        })
        return undefined
      } catch (error) {
        return signal.aborted ? undefined : problemOf(error, name, log)
      }
    },
  }
}

type Definitions = typeof hostApi
type DefinitionOf<Kind extends 'call' | 'stream'> = Extract<
  Definitions[keyof Definitions],
  { readonly kind: Kind }
>

function definitionOf<Kind extends 'call' | 'stream'>(name: string, kind: Kind): DefinitionOf<Kind> {
  const definition = Object.hasOwn(hostApi, name) ? hostApi[name as keyof Definitions] : undefined
  if (definition?.kind !== kind) throw new ProblemError(problem('host.unknown-call', { call: name }))
  return definition as DefinitionOf<Kind>
}

function checkedInput(name: string, schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const { field, message } = wrongFieldOf(result.error)
  throw new ProblemError(problem('host.malformed', { call: name, field }, message))
}

function checkedOutput(name: string, schema: z.ZodType, output: unknown): Json {
  const result = schema.safeParse(output)
  if (result.success) return result.data as Json
  const { field, message } = wrongFieldOf(result.error)
  throw new Error(`${name}: the host's own answer is malformed at ${field}: ${message}`)
}

/** Expected failures pass as they are; for anything else the client learns only that it is in the log. */
function problemOf(error: unknown, name: string, log: Logger): Problem {
  if (error instanceof ProblemError) return error.problem
  log.error('host.internal', {
    call: name,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
  })
  return problem('host.internal', { call: name })
}
