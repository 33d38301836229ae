import { expect, test } from 'vitest'
import { problem } from '../problems/problem.ts'
import { problemTextOf } from './problem-text.ts'
import { createTranslator, fillPlaceholders, languageOf } from './translator.ts'

test('looks up a nested key and fills its placeholders', () => {
  expect(createTranslator('id')('home:running.progress', { done: 2, total: 3 })).toBe('2 dari 3')
  expect(createTranslator('en')('terms:obstacle.node-offline', { node: 'pve2' })).toBe('Node pve2 is offline')
})

test('a value that was not given shows as an ellipsis, and inherited names are never values', () => {
  expect(fillPlaceholders('{{a}} and {{ b }}', { a: 1 })).toBe('1 and …')
  expect(fillPlaceholders('{{toString}}', {})).toBe('…')
})

test('a value that looks like a placeholder is not expanded again', () => {
  expect(fillPlaceholders('{{a}}', { a: '{{b}}', b: 'x' })).toBe('{{b}}')
})

test('a problem has its three sentences in the language asked for', () => {
  const text = problemTextOf('id', problem('recipe.unknown', { recipe: 'P9', known: 'P0' }))
  expect(text.what).toBe('Resep "P9" tidak ada.')
  expect(text.fix).toBe('Pilih salah satu: P0.')
})

test.each([
  [['id-ID', 'en'], 'id'],
  [['in'], 'id'],
  [['id_ID.UTF-8'], 'id'],
  [['fr', 'id'], 'id'],
  [['en-GB', 'id'], 'en'],
  [['de'], 'en'],
  [[], 'en'],
] as const)('the language of %j is %s', (tags, language) => {
  expect(languageOf(tags)).toBe(language)
})
