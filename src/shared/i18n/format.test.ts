import { expect, test } from 'vitest'
import { createFormat } from './format.ts'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')
const english = createFormat('en')
const indonesian = createFormat('id')

test('Indonesian writes a decimal comma, English a point', () => {
  expect(plain(indonesian.percent(97.734, 2))).toBe('97,73 %')
  expect(plain(english.percent(97.734, 2))).toBe('97.73 %')
})

test.each([
  [0, '0 s', '0 d'],
  [42.4, '42 s', '42 d'],
  [59.6, '1 m', '1 m'],
  [192, '3 m 12 s', '3 m 12 d'],
  [43_200, '12 h', '12 j'],
  [18_720, '5 h 12 m', '5 j 12 m'],
  [90_061, '1 d 1 h', '1 hr 1 j'],
])('%d seconds read "%s" and "%s"', (seconds, en, id) => {
  expect(plain(english.duration(seconds))).toBe(en)
  expect(plain(indonesian.duration(seconds))).toBe(id)
})

test('a position in a run has two digits each', () => {
  expect(english.position(18_725.9)).toBe('05:12:05')
})

test('memory below a GiB stays in MiB', () => {
  expect(plain(english.memory(512))).toBe('512 MiB')
  expect(plain(indonesian.memory(4608))).toBe('4,5 GiB')
})

test('a moment that is none is shown as it came', () => {
  expect(english.dateTime('')).toBe('')
})
