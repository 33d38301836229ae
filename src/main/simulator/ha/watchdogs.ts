/** The clients of all nodes' watchdogs: who must be fed, and which node a starved one resets. */
import type { NodeName } from './cluster-data.ts'
import type { WatchdogId } from './environment.ts'

/** Seconds without feeding after which the node is reset (client time-out of watchdog-mux). */
export const watchdogTimeoutSeconds = 60

export interface WatchdogTable {
  open(node: NodeName, nowSeconds: number): WatchdogId
  feed(id: WatchdogId, nowSeconds: number): void
  close(id: WatchdogId): void
  closeAll(node: NodeName): void
  /** Some client of the node was not fed for more than the time-out. */
  hasStarved(node: NodeName, nowSeconds: number): boolean
  /** When the node's most hungry client fires, if it is not fed before; undefined without clients. */
  firesAfter(node: NodeName): number | undefined
}

export function createWatchdogTable(timeoutSeconds: number = watchdogTimeoutSeconds): WatchdogTable {
  const clients = new Map<WatchdogId, { node: NodeName; fedAt: number }>()
  let opened = 0

  const firesAfter = (node: NodeName): number | undefined => {
    let earliest: number | undefined
    for (const client of clients.values()) {
      if (client.node !== node) continue
      const at = client.fedAt + timeoutSeconds
      if (earliest === undefined || at < earliest) earliest = at
    }
    return earliest
  }

  return {
    open(node, now) {
      opened += 1
      const id = `${node}/${opened}`
      clients.set(id, { node, fedAt: now })
      return id
    },
    feed(id, now) {
      const client = clients.get(id)
      if (client !== undefined) client.fedAt = now
    },
    close(id) {
      clients.delete(id)
    },
    closeAll(node) {
      for (const [id, client] of clients) if (client.node === node) clients.delete(id)
    },
    hasStarved(node, now) {
      const at = firesAfter(node)
      return at !== undefined && now > at
    },
    firesAfter,
  }
}
