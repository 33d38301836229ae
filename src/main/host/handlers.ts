/** The host's side of the table: one function for each call and stream, typed by the table. */

import type { z } from 'zod'
import type { CallName, CallOutput, HostApi, StreamItem, StreamName } from '../../shared/host-api/table.ts'

export type CallHandler<K extends CallName> = (
  input: z.output<HostApi[K]['input']>,
) => CallOutput<K> | Promise<CallOutput<K>>

/** Emits items until the stream ends by itself or `signal` aborts; resolves at the end, rejects with a ProblemError. */
export type StreamHandler<K extends StreamName> = (
  input: z.output<HostApi[K]['input']>,
  emit: (item: StreamItem<K>) => void,
  signal: AbortSignal,
) => Promise<void>

export type Handlers = {
  readonly [K in CallName]: CallHandler<K>
} & {
  readonly [K in StreamName]: StreamHandler<K>
}

/** What only a window or an operating system can do reaches the host through this; other entries pass less. */
export interface ShellAbilities {
  /** Keeps the laptop awake until the returned function is called. */
  readonly keepAwake?: () => () => void
  readonly notify?: (title: string, text: string) => void
}

export interface Host {
  readonly handlers: Handlers
  /** Ends in an orderly way: running runs are stopped where they are and can be resumed. */
  close(): Promise<void>
}
