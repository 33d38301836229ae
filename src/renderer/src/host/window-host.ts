/** What every feature store receives: the typed host, and streams that outlive a lost connection. */
import type { StoreApi } from 'zustand/vanilla'
import { createHostClient, type HostClient } from '../../../shared/host-api/client.ts'
import type { StreamInput, StreamItem, StreamName } from '../../../shared/host-api/table.ts'
import { type Problem, ProblemError, problem } from '../../../shared/problems/problem.ts'
import type { Connection, WatchedTransport } from './connection.ts'

export interface WindowHost extends HostClient {
  readonly connection: StoreApi<Connection>
  /**
   * Subscribes, and subscribes again after every lost connection. `input` is asked anew each time, so that a
   * stream continues where it stopped (`afterSeq`). `onEnd` is called when the stream ends by itself or fails
   * for another reason than the connection.
   */
  follow<K extends StreamName>(
    name: K,
    input: () => StreamInput<K>,
    onItem: (item: StreamItem<K>) => void,
    onEnd: (problem?: Problem) => void,
  ): () => void
}

export function createWindowHost(transport: WatchedTransport): WindowHost {
  const client = createHostClient(transport)
  const { connection } = transport

  const follow: WindowHost['follow'] = (name, input, onItem, onEnd) => {
    let stop: () => void = () => {}
    let ended = false

    const start = (): void => {
      stop = client.subscribe(name, input(), onItem, (failure) => {
        if (ended) return
        if (failure?.code === 'host.disconnected') startWhenOpen()
        else {
          ended = true
          onEnd(failure)
        }
      })
    }
    const startWhenOpen = (): void => {
      if (connection.getState().state === 'open') {
        start()
        return
      }
      stop = connection.subscribe(({ state }) => {
        if (state !== 'open') return
        stop()
        start()
      })
    }

    start()
    return () => {
      ended = true
      stop()
    }
  }

  return { ...client, connection, follow }
}

/** What to show when a call was rejected. Anything but a Problem is a defect of the window itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  return problem('host.internal', { call: 'window' }, error instanceof Error ? error.message : String(error))
}
