import assert from 'node:assert'
import type { Random } from '../contracts/random.ts'

type State = [number, number, number, number]

/**
 * xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (https://prng.di.unimi.it/xoshiro128starstar.c, public
 * domain): small, fast in 32-bit integers, period 2^128 - 1. Returns the next 32 bits, unsigned.
 */
export function nextXoshiro128StarStar(state: State): number {
  const result = Math.imul(rotateLeft(Math.imul(state[1], 5), 7), 9) >>> 0
  const shifted = state[1] << 9
  state[2] ^= state[0]
  state[3] ^= state[1]
  state[1] ^= state[2]
  state[0] ^= state[3]
  state[2] ^= shifted
  state[3] = rotateLeft(state[3], 11)
  return result
}

/** A source of chance that gives the same sequence for the same seed (an unsigned 32-bit integer) everywhere. */
export function seededRandom(seed: number): Random {
  assert(
    Number.isInteger(seed) && seed >= 0 && seed < two32,
    `seed must be an unsigned 32-bit integer: ${seed}`,
  )
  // Seeded by splitmix32 as the authors of xoshiro recommend, so that near seeds give unrelated sequences.
  let counter = seed
  const nextWord = () => {
    counter = (counter + 0x9e3779b9) | 0
    return finalMix(counter)
  }
  return new Xoshiro([nextWord(), nextWord(), nextWord(), nextWord()])
}

const two32 = 4_294_967_296
const two53 = 9_007_199_254_740_992

class Xoshiro implements Random {
  /** The state at birth. Forks derive from it, not from the current one: draws do not shift them. */
  readonly #key: Readonly<State>
  readonly #state: State

  constructor(key: State) {
    // The all-zero state is the one this generator never leaves.
    this.#key = key.some((word) => word !== 0) ? key : [1, 0, 0, 0]
    this.#state = [...this.#key]
  }

  fraction(): number {
    const high = nextXoshiro128StarStar(this.#state) >>> 5
    const low = nextXoshiro128StarStar(this.#state) >>> 6
    return (high * 67_108_864 + low) / two53
  }

  int(maxExclusive: number): number {
    assert(Number.isInteger(maxExclusive) && maxExclusive >= 1 && maxExclusive <= two32)
    // Numbers beyond the last full multiple are drawn again; taking the remainder of them would favour small ones.
    const firstUneven = two32 - (two32 % maxExclusive)
    for (;;) {
      const drawn = nextXoshiro128StarStar(this.#state)
      if (drawn < firstUneven) return drawn % maxExclusive
    }
  }

  between(min: number, max: number): number {
    assert(min <= max)
    const value = min + this.fraction() * (max - min)
    // Rounding may reach the open end when the range is a few units in the last place wide.
    return value < max ? value : min
  }

  fork(label: string): Random {
    const bytes = new TextEncoder().encode(label)
    const [a, b, c, d] = this.#key
    return new Xoshiro([hash(bytes, a), hash(bytes, b), hash(bytes, c), hash(bytes, d)])
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

/** fmix32 of MurmurHash3 (Austin Appleby, public domain). */
function finalMix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** MurmurHash3_x86_32 (Austin Appleby, public domain). */
export function hash(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wholeWords = bytes.length & ~3
  let state = seed | 0
  for (let offset = 0; offset < wholeWords; offset += 4) {
    state ^= scramble(view.getUint32(offset, true))
    state = Math.imul(rotateLeft(state, 13), 5) + 0xe6546b64
  }
  let tail = 0
  for (let offset = bytes.length - 1; offset >= wholeWords; offset--)
    tail = (tail << 8) | view.getUint8(offset)
  state ^= scramble(tail)
  return finalMix(state ^ bytes.length)
}

function scramble(word: number): number {
  return Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
}
