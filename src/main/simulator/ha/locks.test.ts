import { describe, expect, it } from 'vitest'
import { createLockTable } from './locks.ts'

describe('a cluster lock', () => {
  it('is taken once and renewed by its holder alone', () => {
    const locks = createLockTable()
    expect(locks.acquire('l', 'n1', 0)).toBe('acquired')
    expect(locks.acquire('l', 'n1', 50)).toBe('renewed')
    expect(locks.acquire('l', 'n2', 60)).toBe('refused')
    expect(locks.holder('l', 60)).toBe('n1')
  })

  it('lives 120 seconds after its last renewal and not one longer', () => {
    const locks = createLockTable()
    locks.acquire('l', 'n1', 0)
    locks.acquire('l', 'n1', 100)
    expect(locks.acquire('l', 'n2', 220)).toBe('refused')
    expect(locks.holder('l', 221)).toBeUndefined()
    expect(locks.acquire('l', 'n2', 221)).toBe('acquired')
  })

  it('is acquired anew by a holder that came too late', () => {
    const locks = createLockTable()
    locks.acquire('l', 'n1', 0)
    expect(locks.acquire('l', 'n1', 121)).toBe('acquired')
  })

  it('is released by its holder only, and an expired one stays for the taking', () => {
    const locks = createLockTable()
    expect(locks.release('l', 'n1', 0)).toBe(false)
    locks.acquire('l', 'n1', 0)
    expect(locks.release('l', 'n2', 10)).toBe(false)
    expect(locks.release('l', 'n2', 121)).toBe(true)
    expect(locks.acquire('l', 'n2', 121)).toBe('acquired')
    expect(locks.release('l', 'n2', 130)).toBe(true)
    expect(locks.acquire('l', 'n1', 130)).toBe('acquired')
  })
})
