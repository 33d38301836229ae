import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closestSpanMs, moveWindow, sameWindow, type WindowMove, windowAround } from './time-window.ts'

const whole = { fromMs: 0, toMs: 43_200_000 }
const moves: readonly WindowMove[] = ['closer', 'wider', 'earlier', 'later', 'whole']

test('no sequence of moves leaves the whole window or goes closer than the probes can show', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 60 }), (sequence) => {
      let shown = whole
      for (const move of sequence) {
        shown = moveWindow(shown, move, whole)
        expect(shown.fromMs).toBeGreaterThanOrEqual(0)
        expect(shown.toMs).toBeLessThanOrEqual(whole.toMs)
        expect(shown.toMs - shown.fromMs).toBeGreaterThanOrEqual(closestSpanMs - 1e-6)
      }
    }),
  )
})

test('a closer look keeps its middle, and a wider one undoes it', () => {
  const shown = { fromMs: 10_000_000, toMs: 14_000_000 }
  const closer = moveWindow(shown, 'closer', whole)
  expect(closer).toEqual({ fromMs: 11_000_000, toMs: 13_000_000 })
  expect(sameWindow(moveWindow(closer, 'wider', whole), shown)).toBe(true)
})

test('a window around a moment at the edge is pushed inside instead of cut', () => {
  expect(windowAround(5_000, 600_000, whole)).toEqual({ fromMs: 0, toMs: 600_000 })
  expect(windowAround(43_199_000, 600_000, whole)).toEqual({ fromMs: 42_600_000, toMs: 43_200_000 })
})

test('a run shorter than the closest look is shown whole', () => {
  const short = { fromMs: 0, toMs: 4_000 }
  expect(moveWindow(short, 'closer', short)).toEqual(short)
})
