import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationText, parsedDuration } from './duration-text.ts'

test('every whole number of seconds is read back as it was written', () => {
  fc.assert(
    fc.property(fc.nat(604_800), (seconds) => {
      expect(parsedDuration(durationText(seconds))).toBe(seconds)
    }),
  )
})

test.each([
  ['2:00:00', 7200],
  ['10:00', 600],
  ['90:00', 5400],
  [' 0:05 ', 5],
  ['2.30.00', 9000],
])('%s is %d seconds', (text, seconds) => {
  expect(parsedDuration(text)).toBe(seconds)
})

test.each(['', '5', '1:60', '1:90:00', '-1:00', 'two hours', '1:00:00:00', '1:5'])(
  '%j is no time',
  (text) => {
    expect(parsedDuration(text)).toBeUndefined()
  },
)
