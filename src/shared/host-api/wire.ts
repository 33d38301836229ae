/**
 * The host API on a carrier: what travels over the WebSocket as JSON text, one frame a message, and how the
 * preload's bridge is named. A client chooses the ids; they are unique per connection and never reused.
 */
import { z } from 'zod'
import type { Json, Problem } from '../problems/problem.ts'
import type { HostTransport, Reply } from './definition.ts'

const idSchema = z.int().min(1)
const nameSchema = z.string().max(100)

/**
 * `call` is answered by one `reply`; `subscribe` by any number of `item` and exactly one `end`; after `cancel`
 * nothing more is sent for that id. The input is checked against the table, not here.
 */
export const clientFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id: idSchema, name: nameSchema, input: z.unknown() }),
  z.strictObject({ type: z.literal('subscribe'), id: idSchema, name: nameSchema, input: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id: idSchema }),
])

export type ClientFrame =
  | { readonly type: 'call' | 'subscribe'; readonly id: number; readonly name: string; readonly input: Json }
  | { readonly type: 'cancel'; readonly id: number }

export type ServerFrame =
  | { readonly type: 'reply'; readonly id: number; readonly reply: Reply<Json> }
  | { readonly type: 'item'; readonly id: number; readonly item: Json }
  | { readonly type: 'end'; readonly id: number; readonly problem?: Problem }
  /** A frame the host could not even attribute to an id; the connection stays open. */
  | { readonly type: 'refused'; readonly problem: Problem }

/** Largest frame the host accepts; plans of a user's own are the largest input there is. */
export const maxClientFrameBytes = 4 * 1024 * 1024

/** What the preload exposes: the two functions of every carrier, and nothing else. */
export type HostBridge = HostTransport
