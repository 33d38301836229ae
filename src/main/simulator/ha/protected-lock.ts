/** A cluster lock whose holder is guarded by a watchdog: who cannot renew the one stops feeding the other. */
import type { DaemonEnvironment, WatchdogId } from './environment.ts'

export interface ProtectedLock {
  /** Takes or renews the lock; on success the watchdog is fed, or opened unless `mayOpen` says no. */
  acquire(mayOpen?: () => boolean): boolean
  closeWatchdog(): void
  /** Gives the lock back; false when that was not possible. */
  release(): boolean
}

export function createProtectedLock(env: DaemonEnvironment, name: string): ProtectedLock {
  let watchdog: WatchdogId | undefined
  return {
    acquire(mayOpen) {
      if (!env.acquireLock(name)) return false
      if (watchdog !== undefined) env.feedWatchdog(watchdog)
      else if (mayOpen === undefined || mayOpen()) watchdog = env.openWatchdog()
      return true
    },
    closeWatchdog() {
      if (watchdog !== undefined) env.closeWatchdog(watchdog)
      watchdog = undefined
    },
    release: () => env.releaseLock(name),
  }
}
