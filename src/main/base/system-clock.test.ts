import { describe, expect, it } from 'vitest'
import { describeClockContract } from '../testing/clock-contract.ts'
import { ManualTime } from '../testing/manual-time.ts'
import { SystemClock } from './system-clock.ts'

describeClockContract('SystemClock', 10, () => ({ clock: new SystemClock(), run: (main) => main() }))

describe('SystemClock', () => {
  it('sleeps on when a timer fires early', async () => {
    const time = new ManualTime()
    time.timersFireEarlyByMs = 1
    const clock = new SystemClock(time)
    let wokenAtMs: number | undefined
    const sleep = clock.sleep(100).then(() => {
      wokenAtMs = clock.nowMs()
    })
    time.advance(99)
    await time.turn()
    expect(wokenAtMs).toBeUndefined()
    time.advance(2)
    await sleep
    expect(wokenAtMs).toBeGreaterThanOrEqual(100)
  })

  it('sleeps longer than the longest timer', async () => {
    const thirtyDaysMs = 30 * 86_400_000
    const time = new ManualTime()
    const clock = new SystemClock(time)
    let woken = false
    const sleep = clock.sleep(thirtyDaysMs).then(() => {
      woken = true
    })
    time.advance(thirtyDaysMs - 1)
    await time.turn()
    expect(woken).toBe(false)
    time.advance(1)
    await sleep
    expect(woken).toBe(true)
  })

  it('counts from its creation', () => {
    const time = new ManualTime()
    time.advance(5000)
    const clock = new SystemClock(time)
    time.advance(7)
    expect(clock.nowMs()).toBe(7)
  })
})
