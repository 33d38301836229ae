import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { announcementIntervalMs, createCalmAnnouncer } from './calm-announcer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('the first message is said at once, and of the next ten seconds only the newest', () => {
  const said: string[] = []
  const announcer = createCalmAnnouncer(
    (text) => said.push(text),
    () => Date.now(),
  )
  announcer.say('opened')
  announcer.say('injected')
  announcer.say('healed')
  expect(said).toEqual(['opened'])
  vi.advanceTimersByTime(announcementIntervalMs - 1)
  expect(said).toEqual(['opened'])
  vi.advanceTimersByTime(1)
  expect(said).toEqual(['opened', 'healed'])
})

test('a thousand messages in a minute become at most seven', () => {
  const said: string[] = []
  const announcer = createCalmAnnouncer(
    (text) => said.push(text),
    () => Date.now(),
  )
  for (let step = 0; step < 1000; step += 1) {
    announcer.say(String(step))
    vi.advanceTimersByTime(60)
  }
  expect(said.length).toBeLessThanOrEqual(7)
})

test('after a quiet while nothing is held back, and a stopped announcer stays silent', () => {
  const said: string[] = []
  const announcer = createCalmAnnouncer(
    (text) => said.push(text),
    () => Date.now(),
  )
  announcer.say('one')
  vi.advanceTimersByTime(announcementIntervalMs)
  announcer.say('two')
  announcer.say('three')
  announcer.stop()
  vi.advanceTimersByTime(announcementIntervalMs * 2)
  expect(said).toEqual(['one', 'two'])
})
