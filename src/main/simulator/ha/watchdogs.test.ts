import { describe, expect, it } from 'vitest'
import { createWatchdogTable } from './watchdogs.ts'

describe('a watchdog', () => {
  it('starves when it was not fed for more than 60 seconds', () => {
    const watchdogs = createWatchdogTable()
    const id = watchdogs.open('n1', 0)
    watchdogs.feed(id, 40)
    expect(watchdogs.hasStarved('n1', 100)).toBe(false)
    expect(watchdogs.hasStarved('n1', 101)).toBe(true)
    expect(watchdogs.hasStarved('n2', 101)).toBe(false)
  })

  it('is decided by the hungriest client of its node', () => {
    const watchdogs = createWatchdogTable()
    const crm = watchdogs.open('n1', 0)
    watchdogs.open('n1', 30)
    expect(watchdogs.firesAfter('n1')).toBe(60)
    watchdogs.close(crm)
    expect(watchdogs.firesAfter('n1')).toBe(90)
    watchdogs.closeAll('n1')
    expect(watchdogs.firesAfter('n1')).toBeUndefined()
  })

  it('is not fed by a client that was closed', () => {
    const watchdogs = createWatchdogTable()
    const id = watchdogs.open('n1', 0)
    watchdogs.close(id)
    watchdogs.feed(id, 10)
    expect(watchdogs.hasStarved('n1', 1000)).toBe(false)
  })
})
