/**
 * Reads what the system's `ping` prints. Pure functions over text: whether a reply came is decided by the target's
 * address, `TTL=` and digits, never by words, which follow the user's language.
 */

/** What one `ping` of one probe said. */
export type PingReading =
  | { readonly kind: 'reply'; readonly rttUs: number }
  /** A message that the target cannot be reached; `from` is who said so, absent when it does not say. */
  | { readonly kind: 'unreachable'; readonly from?: string }
  | { readonly kind: 'silence' }

const ipv4Pattern = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g

/**
 * Output of Windows' `ping.exe -n 1 TARGET`, any language; bytes of the OEM code page read as Latin-1 will do. A
 * reply is a line with the target's own address and `TTL=`. A line with another address is a router, or this
 * computer itself, saying that the target is unreachable, though ping.exe counts it as received.
 */
export function readWindowsPing(output: string, target: string): PingReading {
  let unreachableFrom: string | undefined
  for (const line of output.split(/\r?\n/)) {
    const addresses: readonly string[] = line.match(ipv4Pattern) ?? []
    const ttl = /TTL\s*=\s*\d/i.exec(line)
    if (ttl !== null && addresses.includes(target))
      return { kind: 'reply', rttUs: windowsRttUs(line, ttl.index) }
    if (ttl === null) unreachableFrom ??= addresses.find((address) => address !== target)
  }
  return unreachableFrom === undefined ? { kind: 'silence' } : { kind: 'unreachable', from: unreachableFrom }
}

/** The time stands before `TTL=` and is the last number there: `bytes=32 time<1ms TTL=64`, `Bytes=32 Zeit=7ms`. */
function windowsRttUs(line: string, ttlIndex: number): number {
  const numbers = [...line.slice(0, ttlIndex).matchAll(/([=<])\s*(\d+)/g)]
  const [, sign, digits] = numbers.at(-1) ?? []
  // Whole milliseconds: below one is printed as `<1`, and taken as its middle. It is never a missing reply.
  if (sign === '<' || digits === undefined || Number(digits) === 0) return 500
  return Number(digits) * 1000
}

/** Output of `ping -n -c 1 TARGET` with `LC_ALL=C`: Linux (iputils, busybox, inetutils), macOS and BSD. */
export function readUnixPing(output: string, target: string): PingReading {
  let unreachable: PingReading | undefined
  for (const line of output.split(/\r?\n/)) {
    const reply = readReplyLine(line)
    if (reply !== undefined) {
      if (reply.from === target) return { kind: 'reply', rttUs: reply.rttUs }
    } else unreachable ??= readUnreachable(line)
  }
  return unreachable ?? { kind: 'silence' }
}

const replyPattern =
  /^\d+ bytes from ([\d.]+): (?:icmp_)?seq=(\d+) (?:ttl=\d+ )?time([=<]) ?(\d+(?:[.,]\d+)?) ?ms(.*)$/

function readReplyLine(line: string): { from: string; sequence: number; rttUs: number } | undefined {
  const match = replyPattern.exec(line)
  if (match === null) return undefined
  const [, from, sequence, sign, milliseconds, rest] = match
  // `(DUP!)` repeats a reply that was counted, `(DIFFERENT ADDRESS!)` is none of ours.
  if (from === undefined || milliseconds === undefined || rest?.includes('!')) return undefined
  const rttMs = Number(milliseconds.replace(',', '.'))
  return {
    from,
    sequence: Number(sequence),
    rttUs: sign === '<' ? 500 : Math.max(1, Math.round(rttMs * 1000)),
  }
}

const localFailurePattern =
  /unreachable|no route to host|host is down|permission denied|operation not permitted/i

/** `From 10.0.0.1 icmp_seq=1 Destination Host Unreachable`, `92 bytes from 10.0.0.1: Time to live exceeded`, or what
 * the system call said: `ping: connect: Network is unreachable`. */
function readUnreachable(line: string): PingReading | undefined {
  const from = /^From ([\d.]+)[: ]/.exec(line)?.[1] ?? /^\d+ bytes from ([\d.]+): [A-Z]/.exec(line)?.[1]
  if (from !== undefined) return { kind: 'unreachable', from }
  return /^ping: /.test(line) && localFailurePattern.test(line) ? { kind: 'unreachable' } : undefined
}

/** A line of a running iputils `ping -n -D -O`. `atMs` is the wall time it was printed at, in epoch milliseconds. */
export type PingStreamEvent =
  | {
      readonly kind: 'reply'
      readonly atMs: number
      readonly sequence: number
      readonly from: string
      readonly rttUs: number
    }
  /** Printed as the next request is sent: the one of `sequence` has not been answered so far. */
  | { readonly kind: 'no-answer'; readonly atMs: number; readonly sequence: number }
  | { readonly kind: 'unreachable'; readonly atMs: number; readonly sequence: number; readonly from: string }

export function readPingStreamLine(line: string): PingStreamEvent | undefined {
  const stamped = /^\[(\d{1,12}\.\d{1,9})\] (.*)$/.exec(line)
  if (stamped === null) return undefined
  const [, seconds, text = ''] = stamped
  const atMs = Number(seconds) * 1000
  const reply = readReplyLine(text)
  if (reply !== undefined) return { kind: 'reply', atMs, ...reply }
  const silent = /^no answer yet for icmp_seq=(\d+)$/.exec(text)
  if (silent !== null) return { kind: 'no-answer', atMs, sequence: Number(silent[1]) }
  const refused = /^From ([\d.]+) icmp_seq=(\d+) /.exec(text)
  if (refused?.[1] !== undefined)
    return { kind: 'unreachable', atMs, sequence: Number(refused[2]), from: refused[1] }
  return undefined
}

/** The sequence number on the wire has 16 bits; gives the full one nearest to the last one seen. */
export function unwrapSequence(wire: number, last: number): number {
  const step = (((wire - last) % 65_536) + 65_536) % 65_536
  return last + (step < 32_768 ? step : step - 65_536)
}
