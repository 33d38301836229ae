/** The carrier of the desktop entry: what the preload offers on `window`. It lives as long as the window. */
import { createStore } from 'zustand/vanilla'
import { bridgeName } from '../../../shared/host-api/carrier-names.ts'
import type { HostTransport } from '../../../shared/host-api/definition.ts'
import type { Connection, WatchedTransport } from './connection.ts'

/** Undefined in a browser, where no preload ran. */
export function bridgeTransportOf(scope: object): WatchedTransport | undefined {
  const bridge: unknown = (scope as Readonly<Record<string, unknown>>)[bridgeName]
  if (!isTransport(bridge)) return undefined
  return {
    call: (name, input) => bridge.call(name, input),
    subscribe: (name, input, onItem, onEnd) => bridge.subscribe(name, input, onItem, onEnd),
    connection: createStore<Connection>(() => ({ state: 'open' })),
  }
}

function isTransport(value: unknown): value is HostTransport {
  return typeof value === 'object' && value !== null && 'call' in value && 'subscribe' in value
}
