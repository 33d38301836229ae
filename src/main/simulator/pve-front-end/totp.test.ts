import { describe, expect, it } from 'vitest'
import { codeOf, parseTotp, stepAt } from './totp.ts'

/** `12345678901234567890`, and as often as the longer hashes want it. */
const secrets = {
  SHA1: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  SHA256: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA',
}

function codeAt(algorithm: keyof typeof secrets, seconds: number): string {
  const totp = parseTotp(
    `otpauth://totp/lab:root@pam?secret=${secrets[algorithm]}&algorithm=${algorithm}&digits=8&period=30`,
  )
  if (totp === undefined) throw new Error('not read')
  return codeOf(totp, stepAt(totp, seconds))
}

describe('one-time passwords', () => {
  it.each([
    ['SHA1', 59, '94287082'],
    ['SHA256', 59, '46119246'],
    ['SHA1', 1_111_111_109, '07081804'],
    ['SHA256', 1_111_111_109, '68084774'],
    ['SHA1', 20_000_000_000, '65353130'],
    ['SHA256', 20_000_000_000, '77737706'],
  ] as const)('are those of RFC 6238: %s at %i', (algorithm, seconds, code) => {
    expect(codeAt(algorithm, seconds)).toBe(code)
  })

  it.each([
    'https://totp/x?secret=GEZDGNBV',
    'otpauth://hotp/x?secret=GEZDGNBV',
    'otpauth://totp/x',
    'otpauth://totp/x?secret=1',
    'otpauth://totp/x?secret=GEZDGNBV&digits=3',
    'nothing',
  ])('are not made from %s', (address) => {
    expect(parseTotp(address)).toBeUndefined()
  })
})
