/** One-time passwords by the clock (RFC 6238), as an `otpauth://totp/…` address describes them. */
import { createHmac } from 'node:crypto'

export interface Totp {
  readonly secret: Buffer
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
  readonly digits: number
  readonly periodSeconds: number
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Undefined for what is no such address, or has no secret that can be read. */
export function parseTotp(address: string): Totp | undefined {
  if (!URL.canParse(address)) return undefined
  const { protocol, host, searchParams } = new URL(address)
  const secret = base32(searchParams.get('secret') ?? '')
  const algorithm = (searchParams.get('algorithm') ?? 'SHA1').toLowerCase()
  const digits = Number(searchParams.get('digits') ?? 6)
  const periodSeconds = Number(searchParams.get('period') ?? 30)
  const isKnown = algorithm === 'sha1' || algorithm === 'sha256' || algorithm === 'sha512'
  const isRight = protocol === 'otpauth:' && host === 'totp' && secret !== undefined && isKnown
  const isSound = digits >= 6 && digits <= 8 && Number.isInteger(periodSeconds) && periodSeconds > 0
  return isRight && isSound ? { secret, algorithm, digits, periodSeconds } : undefined
}

function base32(text: string): Buffer | undefined {
  const letters = text.toUpperCase().replaceAll(/=+$/g, '')
  if (letters === '' || Array.from(letters).some((letter) => !alphabet.includes(letter))) return undefined
  const bits = Array.from(letters)
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** Number of the period in which a moment lies. */
export function stepAt({ periodSeconds }: Totp, seconds: number): number {
  return Math.floor(seconds / periodSeconds)
}

export function codeOf({ secret, algorithm, digits }: Totp, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac(algorithm, secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0x0f
  const number = digest.readUInt32BE(offset) & 0x7f_ff_ff_ff
  return String(number % 10 ** digits).padStart(digits, '0')
}
