import { describe, expect, it } from 'vitest'
import { describeClockContract } from '../testing/clock-contract.ts'
import { ManualTime } from '../testing/manual-time.ts'
import { VirtualClock } from './virtual-clock.ts'

describeClockContract('VirtualClock', 1000, () => {
  const clock = new VirtualClock()
  return { clock, run: (main) => clock.run(main) }
})

const realDelay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe('VirtualClock', () => {
  it('passes a day at once', async () => {
    const clock = new VirtualClock()
    const startMs = performance.now()
    await clock.run(() => clock.sleep(86_400_000))
    expect(clock.nowMs()).toBe(86_400_000)
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('labels its moments from a fixed epoch', async () => {
    const clock = new VirtualClock()
    await clock.run(() => clock.sleep(90_000))
    expect(clock.wallTime()).toBe('2026-01-01T00:01:30.000Z')
  })

  it('runs every continuation of a woken sleeper before the next event', async () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    await clock.run(async () => {
      for (let ms = 1; ms <= 3; ms++) clock.at(ms * 10, () => seen.push(`event ${ms * 10}`))
      await clock.sleep(10)
      let value = 0
      for (let step = 0; step < 50; step++) value += await Promise.resolve(1)
      seen.push(`continued ${value} at ${clock.nowMs()}`)
      await clock.sleep(15)
    })
    expect(seen).toEqual(['event 10', 'continued 50 at 10', 'event 20'])
  })

  it('serves events and sleepers of one moment in the order they were made', async () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    await clock.run(async () => {
      clock.at(5, () => seen.push('a'))
      const sleeper = clock.sleepUntil(5).then(() => seen.push('b'))
      clock.at(5, () => seen.push('c'))
      await sleeper
      await clock.sleep(0)
    })
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('moves a past event to now, behind what is already due', async () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    await clock.run(async () => {
      clock.at(10, () => {
        clock.at(3, () => seen.push(`late at ${clock.nowMs()}`))
      })
      clock.at(10, () => seen.push('second'))
      await clock.sleep(20)
    })
    expect(seen).toEqual(['second', 'late at 10'])
  })

  it('does not run a cancelled event', async () => {
    const clock = new VirtualClock()
    let ran = 0
    await clock.run(async () => {
      const cancel = clock.at(5, () => ran++)
      clock.at(3, cancel)
      await clock.sleep(10)
      cancel()
    })
    expect(ran).toBe(0)
  })

  it('stands still while real work is held', async () => {
    const clock = new VirtualClock()
    let events = 0
    await clock.run(async () => {
      const tick = () => {
        events++
        clock.at(clock.nowMs() + 1, tick)
      }
      clock.at(1, tick)
      void clock.sleep(1000)
      await clock.sleep(10.5)
      await clock.hold('a slow disk', realDelay(20))
      expect(clock.nowMs()).toBe(10.5)
      expect(events).toBe(10)
    })
  })

  it('names the last hold when main waits for real work without one', async () => {
    const clock = new VirtualClock()
    const main = async () => {
      await clock.hold('journal', realDelay(1))
      clock.at(1e9, () => {})
      await realDelay(500)
    }
    await expect(clock.run(main)).rejects.toThrow(/outside hold\(\).*"journal".*1 plain events/)
  })

  it('forgives a main that only passes through the event loop', async () => {
    const clock = new VirtualClock()
    const turns = clock.run(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      return 'done'
    })
    expect(await turns).toBe('done')
  })

  it('rejects with what an event or main throws', async () => {
    const broken = new VirtualClock()
    const failing = broken.run(async () => {
      broken.at(5, () => {
        throw new Error('broken model')
      })
      await broken.sleep(10)
    })
    await expect(failing).rejects.toThrow('broken model')
    const refused = new VirtualClock().run(() => Promise.reject(new Error('refused')))
    await expect(refused).rejects.toThrow('refused')
  })

  it('lets the outside in while it works at full speed', async () => {
    const clock = new VirtualClock()
    const abort = new AbortController()
    let longestGapMs = 0
    await clock.run(async () => {
      const tick = () => {
        clock.at(clock.nowMs() + 1, tick)
      }
      clock.at(1, tick)
      let lastMs = performance.now()
      const watch = setInterval(() => {
        longestGapMs = Math.max(longestGapMs, performance.now() - lastMs)
        lastMs = performance.now()
      }, 1)
      setTimeout(() => abort.abort(), 200)
      await clock.sleepUntil(Number.POSITIVE_INFINITY, abort.signal).catch(() => {})
      clearInterval(watch)
    })
    expect(clock.nowMs()).toBeGreaterThan(1000)
    // A slice is 8 ms; the rest is room for a busy test machine.
    expect(longestGapMs).toBeLessThan(100)
  })
})

describe('VirtualClock with a pace', () => {
  /** Gives the clock's loop the turns it needs, then moves real time in small steps. */
  async function pass(time: ManualTime, durationMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs++) {
      for (let turn = 0; turn < 3; turn++) await time.turn()
      time.advance(1)
    }
    for (let turn = 0; turn < 3; turn++) await time.turn()
  }

  function startTicking(speed: number) {
    const time = new ManualTime()
    const clock = new VirtualClock(time)
    const abort = new AbortController()
    clock.setSpeed(speed)
    const ended = clock.run(async () => {
      const tick = () => {
        clock.at(clock.nowMs() + 10, tick)
      }
      clock.at(10, tick)
      await clock.sleepUntil(Number.POSITIVE_INFINITY, abort.signal).catch(() => {})
    })
    const stop = () => {
      abort.abort()
      return ended
    }
    return { time, clock, stop }
  }

  it('keeps the asked ratio to real time', async () => {
    const { time, clock, stop } = startTicking(60)
    await pass(time, 50)
    expect(clock.nowMs()).toBe(3000)
    await stop()
  })

  it('changes speed on the way without a jump', async () => {
    const { time, clock, stop } = startTicking(1)
    await pass(time, 100)
    expect(clock.nowMs()).toBe(100)
    clock.setSpeed(10)
    await pass(time, 20)
    expect(clock.nowMs()).toBe(300)
    clock.setSpeed(1)
    await pass(time, 50)
    expect(clock.nowMs()).toBe(350)
    await stop()
  })

  it('stands still while paused and owes nothing afterwards', async () => {
    const { time, clock, stop } = startTicking(1)
    await pass(time, 55)
    clock.pause()
    await pass(time, 500)
    expect(clock.nowMs()).toBe(50)
    clock.proceed()
    await pass(time, 5)
    expect(clock.nowMs()).toBe(60)
    await stop()
  })

  it('does not race through the time a sleeping machine missed', async () => {
    const { time, clock, stop } = startTicking(1)
    await pass(time, 50)
    time.advance(3_600_000)
    await pass(time, 100)
    expect(clock.nowMs()).toBeLessThan(200)
    await stop()
  })
})
