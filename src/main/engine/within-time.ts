import type { Clock } from '../contracts/clock.ts'

/**
 * Runs work with a signal that aborts with `reason` after `limitMs`; then rejects with `reason`, also when the
 * work does not listen.
 */
export async function withinTime<T>(
  clock: Clock,
  limitMs: number,
  reason: unknown,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const done = new AbortController()
  const expiry = clock.sleep(limitMs, done.signal).then(
    () => {
      limit.abort(reason)
      throw reason
    },
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([work(limit.signal), expiry])
  } finally {
    done.abort()
  }
}
