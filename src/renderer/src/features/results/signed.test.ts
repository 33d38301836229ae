import { expect, test } from 'vitest'
import { createFormat } from '../../../../shared/i18n/format.ts'
import { signed } from './signed.ts'

test('a difference shows its direction, and one that rounds to nothing shows none', () => {
  const format = createFormat('id')
  expect(signed(1.3849, 3, format)).toBe('+1,385')
  expect(signed(-0.109, 3, format)).toBe('-0,109')
  expect(signed(-0.0001, 3, format)).toBe('0,000')
})
