import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves undefined out', () => {
    const value = { b: [1, { z: null, a: 'ü"' }], a: { y: true, x: undefined }, '10': 1, '9': 2 }
    expect(canonicalJson(value)).toBe('{"10":1,"9":2,"a":{"y":true},"b":[1,{"a":"ü\\"","z":null}]}')
  })

  it('is read back as the same value by any JSON parser', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('does not depend on the order in which properties were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalJson(reversed)).toBe(canonicalJson(value))
      }),
    )
  })

  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson({ rate: Number.NaN })).toThrow('not a JSON number')
    expect(() => canonicalJson([() => 1])).toThrow('not JSON')
  })
})
