import { describe, expect, it } from 'vitest'
import { DirectScheduler } from './direct-scheduler.ts'

describe('a scheduler on the caller’s stack', () => {
  it('runs events in order of time and of planning, up to the end asked for', () => {
    const done: string[] = []
    const scheduler = new DirectScheduler()
    scheduler.at(20, () => done.push(`b at ${scheduler.nowMs()}`))
    scheduler.at(10, () => {
      done.push(`a at ${scheduler.nowMs()}`)
      scheduler.at(5, () => done.push(`not before now: ${scheduler.nowMs()}`))
    })
    scheduler.at(20, () => done.push('c'))
    scheduler.at(21, () => done.push('too late'))
    scheduler.runUntil(20)
    expect(done).toEqual(['a at 10', 'not before now: 10', 'b at 20', 'c'])
    expect(scheduler.nowMs()).toBe(20)
  })

  it('leaves cancelled events out and tells of each that ran', () => {
    let told = 0
    const scheduler = new DirectScheduler(() => {
      told += 1
    })
    const cancel = scheduler.at(1, () => expect.unreachable('cancelled'))
    scheduler.at(2, () => {})
    cancel()
    scheduler.runUntil(100)
    expect(told).toBe(1)
    expect(scheduler.nowMs()).toBe(100)
  })

  it('notices events that keep time from going on', () => {
    const scheduler = new DirectScheduler()
    const again = () => {
      scheduler.at(7, again)
    }
    scheduler.at(7, again)
    expect(() => scheduler.runUntil(8)).toThrow('time stands still at 7 ms')
  })

  it('lets what an event throws through', () => {
    const scheduler = new DirectScheduler()
    scheduler.at(1, () => {
      throw new Error('broken')
    })
    expect(() => scheduler.runUntil(2)).toThrow('broken')
  })
})
