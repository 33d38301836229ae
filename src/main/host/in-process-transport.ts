/** The host API without a carrier: for the command line and for tests. */
import type { HostTransport } from '../../shared/host-api/definition.ts'
import type { Dispatcher } from './dispatch.ts'

export function createInProcessTransport(dispatcher: Dispatcher): HostTransport {
  return {
    call: (name, input) => dispatcher.call(name, input),
    subscribe(name, input, onItem, onEnd) {
      const cancelled = new AbortController()
      void dispatcher.stream(name, input, onItem, cancelled.signal).then((problem) => {
        if (!cancelled.signal.aborted) onEnd(problem)
      })
      return () => cancelled.abort()
    },
  }
}
