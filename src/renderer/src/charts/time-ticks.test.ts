import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockLabel, timeTicks } from './time-ticks.ts'

test('twelve hours get a tick every hour when there is room for thirteen', () => {
  const ticks = timeTicks({ fromMs: 0, toMs: 43_200_000 }, 13)
  expect(ticks).toHaveLength(13)
  expect(ticks[1]).toBe(3_600_000)
})

test('ticks lie inside the window and are no more than asked for plus one end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000_000, max: 50_000_000 }),
      fc.integer({ min: 1_000, max: 604_800_000 }),
      fc.integer({ min: 2, max: 14 }),
      (fromMs, span, most) => {
        const window = { fromMs, toMs: fromMs + span }
        const ticks = timeTicks(window, most)
        expect(ticks.length).toBeLessThanOrEqual(most + 1)
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(window.fromMs)
          expect(tick).toBeLessThanOrEqual(window.toMs)
        }
      },
    ),
  )
})

test('labels count hours from the opening of the window and show seconds only when wanted', () => {
  expect(clockLabel(0, false)).toBe('0:00')
  expect(clockLabel(7_509_000, false)).toBe('2:05')
  expect(clockLabel(7_509_000, true)).toBe('2:05:09')
  expect(clockLabel(-61_000, true)).toBe('-0:01:01')
})
