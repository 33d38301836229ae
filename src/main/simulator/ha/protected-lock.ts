/** A cluster lock whose holder is guarded by a watchdog: who cannot renew the one stops feeding the other. */
import type { DaemonEnvironment, WatchdogId } from './environment.ts'

export class ProtectedLock {
  readonly #env: DaemonEnvironment
  readonly #name: string
  #watchdog: WatchdogId | undefined

  constructor(env: DaemonEnvironment, name: string) {
    this.#env = env
    this.#name = name
  }

  /** Takes or renews the lock; on success the watchdog is fed, or opened unless `mayOpen` says no. */
  acquire(mayOpen: () => boolean = () => true): boolean {
    if (!this.#env.acquireLock(this.#name)) return false
    if (this.#watchdog !== undefined) this.#env.feedWatchdog(this.#watchdog)
    else if (mayOpen()) this.#watchdog = this.#env.openWatchdog()
    return true
  }

  closeWatchdog(): void {
    if (this.#watchdog !== undefined) this.#env.closeWatchdog(this.#watchdog)
    this.#watchdog = undefined
  }

  /** Gives the lock back; false when that was not possible. */
  release(): boolean {
    return this.#env.releaseLock(this.#name)
  }
}
