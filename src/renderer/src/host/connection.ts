/** Whether the host can be reached right now; screens mark what they show as old while it cannot. */
import type { StoreApi } from 'zustand/vanilla'
import type { HostTransport } from '../../../shared/host-api/definition.ts'

export type Connection =
  | { readonly state: 'connecting' | 'open' }
  | { readonly state: 'lost'; readonly sinceMs: number }

/** A carrier that tells when it loses and regains the host. */
export interface WatchedTransport extends HostTransport {
  readonly connection: StoreApi<Connection>
}
