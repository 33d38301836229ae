/** What a user has to give beside his password: codes by the clock, and keys for the day he cannot. */
import { codeOf, stepAt, type Totp } from './totp.ts'

export interface FactorEntry {
  readonly id: string
  readonly type: 'totp' | 'recovery'
  description: string
  /** Seconds since 1970. */
  readonly created: number
  isEnabled: boolean
}

interface Codes extends FactorEntry {
  readonly totp: Totp
  /** Period of the last code that was taken: none is taken twice. */
  lastStep: number
}

/** Periods before and after the current one whose codes are taken too, and wrong ones in a row that lock (assumptions). */
const stepsAround = 1
const mostFailures = 8

export class SecondFactors {
  readonly #codes = new Map<string, Codes>()
  #keys: { readonly entry: FactorEntry; readonly left: Set<string> } | undefined
  #failures = 0

  get entries(): readonly FactorEntry[] {
    return [...this.#codes.values(), ...(this.#keys === undefined ? [] : [this.#keys.entry])]
  }

  /** Whether a password alone is not enough. */
  get areWanted(): boolean {
    return this.entries.some(({ isEnabled }) => isEnabled)
  }

  /** After too many wrong codes none is taken any more, until somebody unlocks them or a recovery key is given. */
  get areLocked(): boolean {
    return this.#failures >= mostFailures
  }

  /** Methods and their state, as a challenge names them. */
  get challenge(): Readonly<Record<string, unknown>> {
    const hasCodes = [...this.#codes.values()].some(({ isEnabled }) => isEnabled)
    const left = this.#keys?.entry.isEnabled === true ? this.#keys.left.size : undefined
    const state = left === 0 ? 'unavailable' : left !== undefined && left <= 3 ? 'low' : 'available'
    return { ...(hasCodes ? { totp: true } : {}), ...(left === undefined ? {} : { recovery: state }) }
  }

  addCodes(entry: FactorEntry, totp: Totp): void {
    this.#codes.set(entry.id, { ...entry, totp, lastStep: Number.NEGATIVE_INFINITY })
  }

  /** False while there are keys already. */
  addKeys(entry: FactorEntry, keys: readonly string[]): boolean {
    if (this.#keys !== undefined) return false
    this.#keys = { entry, left: new Set(keys) }
    return true
  }

  remove(id: string): boolean {
    if (this.#keys?.entry.id === id) {
      this.#keys = undefined
      return true
    }
    return this.#codes.delete(id)
  }

  /** Whether they were locked. */
  unlock(): boolean {
    const were = this.areLocked
    this.#failures = 0
    return were
  }

  /** `totp:123456` or `recovery:…`; a code or a key is good once. */
  accepts(answer: string, nowSeconds: number): boolean {
    const colon = answer.indexOf(':')
    const [kind, value] = [answer.slice(0, colon), answer.slice(colon + 1)]
    if (kind === 'recovery') return this.#acceptsKey(value)
    return kind === 'totp' && this.#acceptsCode(value, nowSeconds)
  }

  #acceptsKey(value: string): boolean {
    const isRight = this.#keys?.entry.isEnabled === true && this.#keys.left.delete(value)
    if (isRight) this.#failures = 0
    return isRight
  }

  #acceptsCode(value: string, nowSeconds: number): boolean {
    if (this.areLocked) return false
    for (const codes of this.#codes.values()) {
      if (!codes.isEnabled) continue
      const now = stepAt(codes.totp, nowSeconds)
      for (let step = now - stepsAround; step <= now + stepsAround; step++) {
        if (step <= codes.lastStep || codeOf(codes.totp, step) !== value) continue
        codes.lastStep = step
        this.#failures = 0
        return true
      }
    }
    this.#failures += 1
    return false
  }
}
