/** How the table of calls and streams is written, and the types derived from it. */
import { z } from 'zod'
import type { Json, Problem } from '../problems/problem.ts'

export interface CallDefinition<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  readonly kind: 'call'
  readonly input: In
  readonly output: Out
}

export interface StreamDefinition<In extends z.ZodType = z.ZodType, Item extends z.ZodType = z.ZodType> {
  readonly kind: 'stream'
  readonly input: In
  readonly item: Item
}

export function call<In extends z.ZodType, Out extends z.ZodType>(
  input: In,
  output: Out,
): CallDefinition<In, Out> {
  return { kind: 'call', input, output }
}

export function stream<In extends z.ZodType, Item extends z.ZodType>(
  input: In,
  item: Item,
): StreamDefinition<In, Item> {
  return { kind: 'stream', input, item }
}

/**
 * An output this program computed itself: checked to be plain JSON, typed by its own interface. Members that are
 * undefined pass, since every carrier leaves them out. (`z.json()` takes 50 ms for a megabyte, this takes 5.)
 */
export function plain<T>(): z.ZodType<T> {
  return z.unknown().check((context) => {
    const path = pathOfNonJson(context.value)
    if (path !== undefined)
      context.issues.push({ code: 'custom', message: 'not JSON', path, input: context.value })
  }) as unknown as z.ZodType<T>
}

/** Where a value is not JSON; undefined when all of it is. */
function pathOfNonJson(value: unknown): (string | number)[] | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : []
  if (typeof value !== 'object') return []
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const path = pathOfNonJson(value[index])
      if (path !== undefined) return [index, ...path]
    }
    return undefined
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return []
  for (const [key, member] of Object.entries(value)) {
    const path = member === undefined ? undefined : pathOfNonJson(member)
    if (path !== undefined) return [key, ...path]
  }
  return undefined
}

/** Errors travel as data: neither IPC nor a socket carries an exception faithfully. */
export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }

/** What a carrier (IPC, WebSocket, in process) must offer; typed access is built on top. */
export interface HostTransport {
  call(name: string, input: Json): Promise<Reply<Json>>
  /** Returns what ends the subscription. `onEnd` is called once, with a Problem if the stream failed. */
  subscribe(
    name: string,
    input: Json,
    onItem: (item: Json) => void,
    onEnd: (problem?: Problem) => void,
  ): () => void
}
