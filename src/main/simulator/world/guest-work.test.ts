import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { EventScope } from './event-scope.ts'
import { GuestWork, type Need } from './guest-work.ts'

function bench() {
  const clock = new VirtualClock()
  const has: Record<Need, boolean> = { processors: true, disk: true, opening: true }
  const scope = new EventScope(clock)
  const work = new GuestWork(scope, (need) => has[need])
  return { clock, has, scope, work }
}

describe('work in a guest', () => {
  it('ends after exactly as much going on as it takes, whenever its disk stands still', async () => {
    const pauses = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 })), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), pauses, async (lengthMs, sequence) => {
        const { clock, has, work } = bench()
        let endedAtMs: number | undefined
        let expectedMs = lengthMs
        work.begin(lengthMs, 'disk', () => {
          endedAtMs = clock.nowMs()
        })
        await clock.run(async () => {
          for (const [goesMs, standsMs] of sequence) {
            await clock.sleep(goesMs)
            if (endedAtMs !== undefined) break
            has.disk = false
            work.reconsider()
            await clock.sleep(standsMs)
            has.disk = true
            work.reconsider()
            expectedMs += standsMs
          }
          await clock.sleep(10_000)
        })
        expect(endedAtMs).toBe(expectedMs)
      }),
      { numRuns: 50 },
    )
  })

  it('goes on at another node when the node it came from is gone', async () => {
    const { clock, scope, work } = bench()
    const target = new EventScope(clock)
    let endedAtMs: number | undefined
    work.begin(1000, 'processors', () => {
      endedAtMs = clock.nowMs()
    })
    await clock.run(async () => {
      await clock.sleep(400)
      work.moveTo(target)
      scope.clear()
      await clock.sleep(2000)
    })
    expect(endedAtMs).toBe(1000)
  })

  it('never ends once it is dropped', async () => {
    const { clock, work } = bench()
    let ended = 0
    const drop = work.begin(10, 'processors', () => {
      ended += 1
    })
    work.begin(10, 'processors', () => {
      ended += 1
    })
    drop()
    work.clear()
    await clock.run(() => clock.sleep(100))
    expect(ended).toBe(0)
  })
})
