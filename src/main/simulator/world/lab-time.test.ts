import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { LabTime } from './lab-time.ts'

it('stands still while the laptop sleeps, and what was planned comes later by as long', () => {
  const scheduler = new DirectScheduler()
  const time = new LabTime(scheduler)
  const seen: (readonly [real: number, lab: number])[] = []
  const note = () => seen.push([scheduler.nowMs(), time.nowMs()])
  time.at(100, note)
  time.at(300, note)
  scheduler.runUntil(200)
  time.standStill()
  scheduler.runUntil(700)
  expect(time.nowMs()).toBe(200)
  const cancel = time.at(250, () => expect.fail('was cancelled'))
  time.at(250, note)
  cancel()
  time.goOn()
  scheduler.runUntil(2000)
  expect(seen).toEqual([
    [100, 100],
    [750, 250],
    [800, 300],
  ])
  expect(time.nowMs()).toBe(1500)
})

it('is the real time where nobody sleeps, with the same order of events', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 30 }), (moments) => {
      const order = (create: (scheduler: DirectScheduler) => Pick<LabTime, 'at' | 'nowMs'>) => {
        const scheduler = new DirectScheduler()
        const time = create(scheduler)
        const seen: string[] = []
        for (const [index, atMs] of moments.entries())
          time.at(atMs, () => seen.push(`${index} at ${time.nowMs()}`))
        scheduler.runUntil(100)
        return seen
      }
      expect(order((scheduler) => new LabTime(scheduler))).toEqual(order((scheduler) => scheduler))
    }),
  )
})
