/** A host whose answers a test chooses, and which remembers what it was asked. */
import { createStore } from 'zustand/vanilla'
import type {
  CallInput,
  CallName,
  CallOutput,
  StreamItem,
  StreamName,
} from '../../../shared/host-api/table.ts'
import type { Json, Problem } from '../../../shared/problems/problem.ts'
import { ProblemError } from '../../../shared/problems/problem.ts'
import type { Connection, WatchedTransport } from '../host/connection.ts'
import { createWindowHost, type WindowHost } from '../host/window-host.ts'

type Answers = { readonly [K in CallName]?: (input: CallInput<K>) => CallOutput<K> | Promise<CallOutput<K>> }

interface OpenStream {
  readonly name: string
  readonly input: Json
  readonly onItem: (item: Json) => void
  readonly onEnd: (problem?: Problem) => void
}

export interface StubHost {
  readonly host: WindowHost
  readonly transport: WatchedTransport
  /** Every call so far. */
  readonly asked: readonly { readonly name: string; readonly input: Json }[]
  /** Streams not yet ended. */
  readonly streams: readonly OpenStream[]
  push<K extends StreamName>(name: K, item: StreamItem<K>): void
}

/** Calls without an answer reject: a test names everything it uses. A thrown Problem becomes a refusal. */
export function createStubHost(answers: Answers): StubHost {
  const asked: { name: string; input: Json }[] = []
  const streams: OpenStream[] = []
  const transport: WatchedTransport = {
    connection: createStore<Connection>(() => ({ state: 'open' })),
    async call(name, input) {
      asked.push({ name, input })
      const answer = (answers as Readonly<Record<string, (input: Json) => unknown>>)[name]
      if (!answer) throw new Error(`the test has no answer for ${name}`)
      try {
        return { ok: true, value: (await answer(input)) as Json }
      } catch (error) {
        if (error instanceof ProblemError) return { ok: false, problem: error.problem }
        throw error
      }
    },
    subscribe(name, input, onItem, onEnd) {
      const stream = { name, input, onItem, onEnd }
      streams.push(stream)
      return () => {
        if (streams.includes(stream)) streams.splice(streams.indexOf(stream), 1)
      }
    },
  }
  return {
    host: createWindowHost(transport),
    transport,
    asked,
    streams,
    push: (name, item) => {
      for (const stream of streams) if (stream.name === name) stream.onItem(item as unknown as Json)
    },
  }
}
