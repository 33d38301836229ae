/** The carrier of the web entry: one WebSocket, opened again by itself whenever it is lost. */
import { createStore } from 'zustand/vanilla'
import type { Reply } from '../../../shared/host-api/definition.ts'
import type { ClientFrame, ServerFrame } from '../../../shared/host-api/wire.ts'
import { type Json, type Problem, problem } from '../../../shared/problems/problem.ts'
import type { Connection, WatchedTransport } from './connection.ts'

interface Subscription {
  readonly onItem: (item: Json) => void
  readonly onEnd: (problem?: Problem) => void
}

/** Waits before each further attempt; the last one repeats. */
const reconnectDelaysMs = [300, 1000, 2000, 5000] as const

export function createWebSocketTransport(openSocket: () => WebSocket): WatchedTransport {
  const connection = createStore<Connection>(() => ({ state: 'connecting' }))
  const calls = new Map<number, (reply: Reply<Json>) => void>()
  const subscriptions = new Map<number, Subscription>()
  /** What was asked before the first connection stood. */
  const waiting: ClientFrame[] = []
  let socket: WebSocket | undefined
  let lastId = 0
  let failures = 0

  const connect = (): void => {
    const opened = openSocket()
    opened.addEventListener('open', () => {
      failures = 0
      socket = opened
      for (const frame of waiting.splice(0)) opened.send(JSON.stringify(frame))
      connection.setState({ state: 'open' }, true)
    })
    opened.addEventListener('message', ({ data }) => receive(JSON.parse(String(data)) as ServerFrame))
    // An `error` event is always followed by `close`, which handles both.
    opened.addEventListener('close', lose)
  }

  const lose = (): void => {
    socket = undefined
    waiting.length = 0
    const before = connection.getState()
    connection.setState(before.state === 'lost' ? before : { state: 'lost', sinceMs: Date.now() }, true)
    const disconnected = problem('host.disconnected')
    for (const answer of takeAll(calls)) answer({ ok: false, problem: disconnected })
    for (const { onEnd } of takeAll(subscriptions)) onEnd(disconnected)
    const delayMs = reconnectDelaysMs[Math.min(failures, reconnectDelaysMs.length - 1)]
    failures += 1
    setTimeout(connect, delayMs)
  }

  const receive = (frame: ServerFrame): void => {
    switch (frame.type) {
      case 'reply':
        calls.get(frame.id)?.(frame.reply)
        calls.delete(frame.id)
        return
      case 'item':
        subscriptions.get(frame.id)?.onItem(frame.item)
        return
      case 'end': {
        const ended = subscriptions.get(frame.id)
        subscriptions.delete(frame.id)
        ended?.onEnd(frame.problem)
        return
      }
      case 'refused':
        // Names no request of ours, so there is nobody to tell.
        return
    }
  }

  /** False when the host is known to be away. */
  const send = (frame: ClientFrame): boolean => {
    if (socket) socket.send(JSON.stringify(frame))
    else if (connection.getState().state === 'connecting') waiting.push(frame)
    else return false
    return true
  }

  connect()
  return {
    connection,
    call: (name, input) =>
      new Promise((resolve) => {
        const id = ++lastId
        calls.set(id, resolve)
        if (send({ type: 'call', id, name, input })) return
        calls.delete(id)
        resolve({ ok: false, problem: problem('host.disconnected') })
      }),
    subscribe: (name, input, onItem, onEnd) => {
      const id = ++lastId
      subscriptions.set(id, { onItem, onEnd })
      if (!send({ type: 'subscribe', id, name, input })) {
        subscriptions.delete(id)
        queueMicrotask(() => onEnd(problem('host.disconnected')))
      }
      return () => {
        if (subscriptions.delete(id)) send({ type: 'cancel', id })
      }
    },
  }
}

function takeAll<T>(map: Map<number, T>): readonly T[] {
  const values = [...map.values()]
  map.clear()
  return values
}
