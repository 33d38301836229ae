import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../contracts/clock.ts'

export interface ClockUnderTest {
  readonly clock: Clock
  /** Runs a program on the clock; for a real clock that is only calling it. */
  run<T>(main: () => Promise<T>): Promise<T>
}

/** What every clock must keep. `unitMs` is the length of the shortest sleep; a real clock is given a small one. */
export function describeClockContract(name: string, unitMs: number, create: () => ClockUnderTest): void {
  describe(`${name} as a clock`, () => {
    it('never wakes early and moves at least as far as was slept', async () => {
      const { clock, run } = create()
      await run(async () => {
        for (let round = 0; round < 5; round++) {
          const startMs = clock.nowMs()
          await clock.sleep(unitMs)
          expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(unitMs)
        }
      })
    })

    it('wakes sleepers in the order of their moments, not of their calls', async () => {
      const { clock, run } = create()
      const woken: number[] = []
      await run(async () => {
        const startMs = clock.nowMs()
        const sleepers = [5, 1, 3].map(async (units) => {
          await clock.sleepUntil(startMs + units * unitMs)
          woken.push(units)
        })
        await Promise.all(sleepers)
      })
      expect(woken).toEqual([1, 3, 5])
    })

    it('keeps an absolute schedule without drift', async () => {
      const { clock, run } = create()
      await run(async () => {
        const startMs = clock.nowMs()
        for (let tick = 1; tick <= 5; tick++) {
          await clock.sleepUntil(startMs + tick * unitMs)
          expect(clock.nowMs()).toBeGreaterThanOrEqual(startMs + tick * unitMs)
        }
      })
    })

    it('returns soon from sleeps of zero, of less than zero, and until a past moment', async () => {
      const { clock, run } = create()
      await run(async () => {
        await clock.sleep(unitMs)
        const startMs = clock.nowMs()
        await clock.sleep(0)
        await clock.sleep(-unitMs)
        await clock.sleepUntil(startMs - unitMs)
        // Generous for a busy machine; a day would be the alternative.
        expect(clock.nowMs() - startMs).toBeLessThan(1000)
      })
    })

    it('rejects a sleep with the reason of its abort, at once', async () => {
      const { clock, run } = create()
      await run(async () => {
        const abort = new AbortController()
        const reason = new Error('no longer wanted')
        const outcome = clock.sleep(86_400_000, abort.signal).then(
          () => 'slept',
          (error: unknown) => error,
        )
        await clock.sleep(unitMs)
        abort.abort(reason)
        expect(await outcome).toBe(reason)
        expect(clock.nowMs()).toBeLessThan(86_400_000)
      })
    })

    it('rejects a sleep whose signal is aborted already', async () => {
      const { clock, run } = create()
      await run(async () => {
        const reason = new Error('too late')
        await expect(clock.sleep(unitMs, AbortSignal.abort(reason))).rejects.toBe(reason)
      })
    })

    it('leaves no listener on the signal, neither after waking nor after an abort', async () => {
      const { clock, run } = create()
      await run(async () => {
        const abort = new AbortController()
        await clock.sleep(unitMs, abort.signal)
        await clock.sleepUntil(0, abort.signal)
        expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
        const outcome = clock.sleep(86_400_000, abort.signal).catch(() => {})
        abort.abort()
        await outcome
        expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
      })
    })

    it('hands on what held work gives, and what it throws', async () => {
      const { clock, run } = create()
      await run(async () => {
        const work = new Promise<string>((resolve) => setTimeout(resolve, 5, 'written'))
        expect(await clock.hold('write', work)).toBe('written')
        const failure = new Error('disk full')
        await expect(clock.hold('write', Promise.reject(failure))).rejects.toBe(failure)
      })
    })

    it('labels moments with an ISO 8601 wall time in UTC', () => {
      const { clock } = create()
      expect(clock.wallTime()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    })
  })
}
