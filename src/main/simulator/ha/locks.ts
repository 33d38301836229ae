/** Cluster locks with a lifetime, as the cluster file system keeps them: one table per cluster. */
import type { NodeName } from './cluster-data.ts'

/** Seconds after which a lock that was not renewed may be taken (cluster file system). */
export const lockLifetimeSeconds = 120

/**
 * Guest locks that cannot outlive the node that set them, so recovery removes them: the operation they
 * guard died with the node.
 */
export const removableGuestLocks: ReadonlySet<string> = new Set([
  'backup',
  'mounted',
  'migrate',
  'clone',
  'rollback',
  'snapshot',
  'snapshot-delete',
  'suspending',
  'suspended',
])

/** `acquired`: newly taken, also one's own after it expired; `renewed`: it was ours and alive. */
export type AcquireOutcome = 'acquired' | 'renewed' | 'refused'

export interface LockTable {
  acquire(name: string, owner: NodeName, nowSeconds: number): AcquireOutcome
  /** True if it is gone or was free to take anyway. An expired entry stays, whoever held it. */
  release(name: string, owner: NodeName, nowSeconds: number): boolean
  /** The node that holds the lock now, if its lifetime is not over. */
  holder(name: string, nowSeconds: number): NodeName | undefined
}

interface LockEntry {
  owner: NodeName
  renewedAt: number
}

export function createLockTable(lifetimeSeconds: number = lockLifetimeSeconds): LockTable {
  const entries = new Map<string, LockEntry>()
  const isAlive = (entry: LockEntry, now: number) => now - entry.renewedAt <= lifetimeSeconds

  return {
    acquire(name, owner, now) {
      const entry = entries.get(name)
      if (entry === undefined || !isAlive(entry, now)) {
        entries.set(name, { owner, renewedAt: now })
        return 'acquired'
      }
      if (entry.owner !== owner) return 'refused'
      entry.renewedAt = now
      return 'renewed'
    },
    release(name, owner, now) {
      const entry = entries.get(name)
      if (entry === undefined) return false
      if (!isAlive(entry, now)) return true
      if (entry.owner !== owner) return false
      entries.delete(name)
      return true
    },
    holder(name, now) {
      const entry = entries.get(name)
      return entry !== undefined && isAlive(entry, now) ? entry.owner : undefined
    },
  }
}
