import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPingStreamLine, readUnixPing, readWindowsPing, unwrapSequence } from './ping-output.ts'

const target = '192.0.2.10'

/** Reply lines of ping.exe as people of each language have published them, with the address replaced. */
const windowsReplies: Readonly<Record<string, readonly [line: string, rttUs: number]>> = {
  English: ['Reply from 192.0.2.10: bytes=32 time=21ms TTL=249', 21_000],
  Indonesian: ['Balasan dari 192.0.2.10: byte=32 waktu=40ms TTL=61', 40_000],
  'Indonesian with blanks': ['Balasan dari 192.0.2.10: byte = 32 waktu = 40ms TTL = 61', 40_000],
  German: ['Antwort von 192.0.2.10: Bytes=32 Zeit<1ms TTL=128', 500],
  Turkish: ['192.0.2.10 cevabı: bayt=32 süre=5ms TTL=128', 5000],
  French: ['Réponse de 192.0.2.10\u00a0: octets=32 temps=12 ms TTL=117', 12_000],
  'Spanish, its unit cut off': ['Respuesta desde 192.0.2.10: bytes=32 tiempo<1m TTL=128', 500],
  Italian: ['Risposta da 192.0.2.10: byte=32 durata=40 ms TTL=61', 40_000],
  Russian: ['Ответ от 192.0.2.10: число байт=32 время=15мс TTL=117', 15_000],
  Japanese: ['192.0.2.10 からの応答: バイト数 =32 時間 =104ms TTL=64', 104_000],
  Polish: ['Odpowiedź z 192.0.2.10: bajtów=32 czas<1 ms TTL=128', 500],
  'a time of zero, as some versions print it': ['Reply from 192.0.2.10: bytes=32 time=0ms TTL=128', 500],
}

const german = `
Ping wird ausgeführt für 192.0.2.10 mit 32 Bytes Daten:
LINE

Ping-Statistik für 192.0.2.10:
    Pakete: Gesendet = 1, Empfangen = 1, Verloren = 0
    (0% Verlust),
Ca. Zeitangaben in Millisek.:
    Minimum = 7ms, Maximum = 7ms, Mittelwert = 7ms
`

describe('readWindowsPing', () => {
  for (const [language, [line, rttUs]] of Object.entries(windowsReplies)) {
    it(`reads a reply in ${language}`, () => {
      const output = german.replace('LINE', line).replaceAll('\n', '\r\n')
      expect(readWindowsPing(output, target)).toEqual({ kind: 'reply', rttUs })
    })
  }

  it('takes no message about an unreachable target for a reply, though ping.exe counts it as received', () => {
    const messages = [
      'Reply from 192.0.2.1: Destination host unreachable.',
      'Balasan dari 192.0.2.1: Host tujuan tidak terjangkau.',
      'Antwort von 192.0.2.1: Zielhost nicht erreichbar.',
      '192.0.2.1 cevabı: Hedef ana bilgisayara ulaşılamıyor.',
      '192.0.2.1 からの応答: 宛先ホストに到達できません。',
      'Reply from 192.0.2.1: TTL expired in transit.',
      'Antwort von 192.0.2.1: Die Gültigkeitsdauer wurde bei der Übertragung überschritten.',
    ]
    for (const line of messages)
      expect(readWindowsPing(german.replace('LINE', line), target), line).toEqual({
        kind: 'unreachable',
        from: '192.0.2.1',
      })
  })

  it('hears silence in any language', () => {
    const messages = [
      'Request timed out.',
      'Permintaan habis waktu.',
      'Zeitüberschreitung der Anforderung.',
      'İstek zaman aşımına uğradı.',
      'Zielhost nicht erreichbar.',
      'PING: Fehler bei der Übertragung. Allgemeiner Fehler.',
      '',
    ]
    for (const line of messages)
      expect(readWindowsPing(german.replace('LINE', line), target), line).toEqual({ kind: 'silence' })
  })

  it('does not confuse the target with an address that begins or ends like it', () => {
    for (const other of ['192.0.2.101', '192.0.2.1', '1.192.0.2.10', '2.0.2.10'])
      expect(readWindowsPing(`Reply from ${other}: bytes=32 time=2ms TTL=64`, target).kind).not.toBe('reply')
  })

  it('needs neither words nor a code page: any text around the digits reads the same', () => {
    // Letters of any script, as Latin-1 would show them; none of them a digit, a sign or an ASCII letter.
    const word = fc.string({
      unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        word,
        word,
        word,
        fc.integer({ min: 1, max: 4000 }),
        fc.boolean(),
        (a, b, c, ms, addressFirst) => {
          const line = addressFirst
            ? `${target} ${a}: ${b}=32 ${c}=${ms}ms TTL=64`
            : `${a} ${target}: ${b}=32 ${c}=${ms}ms TTL=64`
          expect(readWindowsPing(line, target)).toEqual({ kind: 'reply', rttUs: ms * 1000 })
        },
      ),
    )
  })

  it('never finds a reply without the target and a TTL, whatever it is given', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('TTL=64', target, '192.0.2.1', '\r\n', 'time<1ms', '=', ' '),
    )
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join(' ')),
        (output) => {
          const reading = readWindowsPing(output, target)
          const holdsReply = output
            .split(/\r?\n/)
            .some((line) => line.includes(target) && /TTL\s*=\s*\d/i.test(line))
          if (!holdsReply) expect(reading.kind).not.toBe('reply')
        },
      ),
    )
  })
})

describe('readUnixPing', () => {
  it('reads replies of every ping', () => {
    const outputs: readonly [string, number][] = [
      ['64 bytes from 192.0.2.10: icmp_seq=1 ttl=64 time=0.106 ms', 106],
      ['64 bytes from 192.0.2.10: icmp_seq=0 ttl=64 time=12.034 ms', 12_034],
      ['64 bytes from 192.0.2.10: seq=0 ttl=64 time=0.046 ms', 46],
      ['64 bytes from 192.0.2.10: icmp_seq=0 ttl=64 time=0,043 ms', 43],
      ['64 bytes from 192.0.2.10: icmp_seq=1 ttl=64 time=801 ms', 801_000],
    ]
    for (const [line, rttUs] of outputs)
      expect(readUnixPing(`PING 192.0.2.10 (192.0.2.10) 56(84) bytes of data.\n${line}\n`, target)).toEqual({
        kind: 'reply',
        rttUs,
      })
  })

  it('tells who says that the target is unreachable', () => {
    expect(readUnixPing('From 10.98.0.1 icmp_seq=1 Destination Host Unreachable', target)).toEqual({
      kind: 'unreachable',
      from: '10.98.0.1',
    })
    expect(readUnixPing('92 bytes from 10.98.0.1: Destination Host Unreachable', target)).toEqual({
      kind: 'unreachable',
      from: '10.98.0.1',
    })
    expect(readUnixPing('ping: connect: Network is unreachable', target)).toEqual({ kind: 'unreachable' })
    expect(readUnixPing('ping: sendto: No route to host', target)).toEqual({ kind: 'unreachable' })
  })

  it('takes neither duplicates, strangers nor silence for a reply', () => {
    const outputs = [
      'PING 192.0.2.10 (192.0.2.10) 56(84) bytes of data.\n\n--- 192.0.2.10 ping statistics ---\n1 packets transmitted, 0 received, 100% packet loss, time 0ms',
      '64 bytes from 192.0.2.11: icmp_seq=1 ttl=64 time=0.1 ms',
      '64 bytes from 192.0.2.10: icmp_seq=1 ttl=64 time=0.1 ms (DUP!)',
      '64 bytes from 192.0.2.10: icmp_seq=1 ttl=64 time=0.1 ms (DIFFERENT ADDRESS!)',
      'Request timeout for icmp_seq 0',
    ]
    for (const output of outputs) expect(readUnixPing(output, target), output).toEqual({ kind: 'silence' })
  })

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['reply', 'unreachable', 'silence']).toContain(readUnixPing(text, target).kind)
      }),
    )
  })
})

describe('readPingStreamLine', () => {
  it('reads the lines of a running ping', () => {
    // Recorded from iputils 20221126 over a link that was cut for half a second, then for good.
    const lines = `PING 10.98.0.2 (10.98.0.2) 56(84) bytes of data.
[1795182989.262363] 64 bytes from 10.98.0.2: icmp_seq=21 ttl=64 time=0.050 ms
[1795182989.462271] no answer yet for icmp_seq=22
[1795182993.938600] From 10.98.0.1 icmp_seq=37 Destination Host Unreachable
--- 10.98.0.2 ping statistics ---`
    expect(lines.split('\n').map(readPingStreamLine)).toEqual([
      undefined,
      { kind: 'reply', atMs: 1795182989262.363, from: '10.98.0.2', sequence: 21, rttUs: 50 },
      { kind: 'no-answer', atMs: 1795182989462.271, sequence: 22 },
      { kind: 'unreachable', atMs: 1795182993938.6, sequence: 37, from: '10.98.0.1' },
      undefined,
    ])
  })

  it('reads back every line it could be given', () => {
    fc.assert(
      fc.property(
        fc.nat(65_535),
        fc.nat(2_000_000_000),
        fc.nat(999_999),
        fc.nat(999_999),
        (sequence, s, us, rtt) => {
          const stamp = `${s}.${String(us).padStart(6, '0')}`
          const line = `[${stamp}] 64 bytes from ${target}: icmp_seq=${sequence} ttl=64 time=${(rtt / 1000).toFixed(3)} ms`
          expect(readPingStreamLine(line)).toEqual({
            kind: 'reply',
            atMs: Number(stamp) * 1000,
            from: target,
            sequence,
            rttUs: Math.max(1, rtt),
          })
        },
      ),
    )
  })
})

describe('unwrapSequence', () => {
  it('follows a counter of 16 bits past its end, forwards and a little backwards', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.integer({ min: -300, max: 300 }), (last, step) => {
        const next = Math.max(0, last + step)
        expect(unwrapSequence(next % 65_536, last)).toBe(next)
      }),
    )
  })
})
