/** Typed access to the host over any carrier. */

import type { Json } from '../problems/problem.ts'
import { type Problem, ProblemError } from '../problems/problem.ts'
import type { HostTransport } from './definition.ts'
import type { CallInput, CallName, CallOutput, StreamInput, StreamItem, StreamName } from './table.ts'

export interface HostClient {
  /** Rejects with a ProblemError. */
  call<K extends CallName>(name: K, input: CallInput<K>): Promise<CallOutput<K>>
  /** Returns what ends the subscription; after that nothing is called any more. */
  subscribe<K extends StreamName>(
    name: K,
    input: StreamInput<K>,
    onItem: (item: StreamItem<K>) => void,
    onEnd: (problem?: Problem) => void,
  ): () => void
}

export function createHostClient(transport: HostTransport): HostClient {
  return {
    async call(name, input) {
      const reply = await transport.call(name, input as Json)
      if (!reply.ok) throw new ProblemError(reply.problem)
      return reply.value as never
    },
    subscribe: (name, input, onItem, onEnd) =>
      transport.subscribe(name, input as Json, (item) => onItem(item as never), onEnd),
  }
}
