import { expect, test } from 'vitest'
import { nextPace, type Pace } from './pace.ts'

test('a steady run has its own rate, and the shown one changes every five seconds only', () => {
  let pace: Pace | undefined
  for (let frame = 0; frame <= 60; frame += 1) pace = nextPace(pace, frame * 100, frame * 72_000)
  expect(pace?.rate).toBeCloseTo(720, 6)
  let held = pace?.heldRate
  for (let frame = 61; frame < 100; frame += 1) {
    pace = nextPace(pace, frame * 100, 60 * 72_000)
    expect(pace.heldRate).toBe(held)
  }
  pace = nextPace(pace, 10_200, 60 * 72_000)
  held = pace.heldRate
  expect(held).toBeLessThan(1)
})

test('a run that starts over is measured anew', () => {
  const pace = nextPace({ wallMs: 1000, runMs: 900_000, rate: 720 }, 1100, 0)
  expect(pace).toEqual({ wallMs: 1100, runMs: 0 })
})
