/** Bits in and out of bytes, most significant first, and unsigned variable-length integers between them. */

export class BitWriter {
  #bytes = new Uint8Array(512)
  #length = 0
  #partial = 0
  #partialBits = 0

  /** Appends the lowest `bits` (0..32) of `value`. */
  writeBits(value: number, bits: number): void {
    let left = bits
    while (left > 0) {
      const taken = Math.min(8 - this.#partialBits, left)
      left -= taken
      this.#partial = (this.#partial << taken) | ((value >>> left) & ((1 << taken) - 1))
      this.#partialBits += taken
      if (this.#partialBits === 8) this.#pushPartial()
    }
  }

  /** Pads with zero bits to the next byte. */
  align(): void {
    if (this.#partialBits === 0) return
    this.#partial <<= 8 - this.#partialBits
    this.#pushPartial()
  }

  writeByte(value: number): void {
    this.align()
    this.#partial = value
    this.#pushPartial()
  }

  /** Unsigned integer below 2^53, seven bits a byte, lowest first. */
  writeVarint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.writeByte((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    this.writeByte(rest)
  }

  bytes(): Uint8Array {
    this.align()
    return this.#bytes.slice(0, this.#length)
  }

  #pushPartial(): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length++] = this.#partial
    this.#partial = 0
    this.#partialBits = 0
  }
}

/** Reads what BitWriter wrote. Past the end it reads zeros and remembers that it overran. */
export class BitReader {
  readonly #bytes: Uint8Array
  #position = 0
  #bit = 0
  overran = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The next `bits` (0..32) as an unsigned number. */
  readBits(bits: number): number {
    let value = 0
    let left = bits
    while (left > 0) {
      if (this.#position >= this.#bytes.length) {
        this.overran = true
        return 0
      }
      const taken = Math.min(8 - this.#bit, left)
      const byte = this.#bytes[this.#position] ?? 0
      value = (value << taken) | ((byte >>> (8 - this.#bit - taken)) & ((1 << taken) - 1))
      left -= taken
      this.#bit += taken
      if (this.#bit === 8) {
        this.#bit = 0
        this.#position++
      }
    }
    return value >>> 0
  }

  /** Number of one bits before the next zero, at most `limit`; at the limit no zero is consumed. */
  readOnes(limit: number): number {
    let ones = 0
    while (ones < limit) {
      if (this.#position >= this.#bytes.length) {
        this.overran = true
        return ones
      }
      // The rest of the byte at the top of 32 bits; the zeros shifted in end every run of ones.
      const rest = (this.#bytes[this.#position] ?? 0) << (24 + this.#bit)
      const run = Math.min(Math.clz32(~rest), limit - ones)
      ones += run
      const endsHere = run < 8 - this.#bit && ones < limit
      this.#bit += endsHere ? run + 1 : run
      if (this.#bit === 8) {
        this.#bit = 0
        this.#position++
      }
      if (endsHere) break
    }
    return ones
  }

  /** Skips to the next byte; false when a skipped bit was not zero, which no writer produces. */
  align(): boolean {
    return this.#bit === 0 || this.readBits(8 - this.#bit) === 0
  }

  readByte(): number {
    return this.readBits(8)
  }

  /** Undefined when longer than the eight bytes that 2^53 needs, or cut off. */
  readVarint(): number | undefined {
    let value = 0
    let factor = 1
    for (let index = 0; index < 8; index++) {
      const byte = this.readByte()
      if (this.overran) return undefined
      value += (byte % 128) * factor
      if (byte < 128) return Number.isSafeInteger(value) ? value : undefined
      factor *= 128
    }
    return undefined
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length
  }
}
