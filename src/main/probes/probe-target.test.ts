import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../shared/problems/problem.ts'
import { parseProbeTarget } from './catalogue.ts'
import { resolveProbeTarget } from './probe-target.ts'

describe('parseProbeTarget', () => {
  it('reads each kind of address', () => {
    expect(parseProbeTarget('icmp', '192.0.2.10')).toEqual({ host: '192.0.2.10', port: 0, path: '' })
    expect(parseProbeTarget('tcp', '192.0.2.10:80')).toEqual({ host: '192.0.2.10', port: 80, path: '' })
    expect(parseProbeTarget('tcp', '[2001:db8::1]:8006').host).toBe('2001:db8::1')
    expect(parseProbeTarget('tcp', 'node1.lab:22').port).toBe(22)
    expect(parseProbeTarget('http', 'http://192.0.2.10')).toEqual({ host: '192.0.2.10', port: 80, path: '/' })
    expect(parseProbeTarget('http', 'http://a.lab:8080/s/?x=1#frag').path).toBe('/s/?x=1')
  })

  it('refuses what it cannot probe, naming it', () => {
    const wrong = [
      ['icmp', '192.0.2'],
      ['icmp', '192.0.2.300'],
      ['icmp', '::1'],
      ['icmp', '-c'],
      ['icmp', 'two words'],
      ['icmp', ''],
      ['tcp', '192.0.2.10'],
      ['tcp', '192.0.2.10:0'],
      ['tcp', '192.0.2.10:70000'],
      ['tcp', '::1:80'],
      ['tcp', ':80'],
      ['http', '192.0.2.10'],
      ['http', 'https://192.0.2.10/'],
      ['http', 'http://user:secret@192.0.2.10/'],
      ['http', 'ftp://192.0.2.10/'],
    ] as const
    for (const [kind, address] of wrong) {
      let caught: unknown
      try {
        parseProbeTarget(kind, address)
      } catch (error) {
        caught = error
      }
      expect(caught, `${kind} ${address}`).toBeInstanceOf(ProblemError)
      expect((caught as ProblemError).problem).toMatchObject({
        code: 'probe.bad-target',
        params: { kind, target: address },
      })
    }
  })

  it('never gives a target that a command could take for an option', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('icmp', 'tcp', 'http'), (address, kind) => {
        try {
          const { host, port } = parseProbeTarget(kind, address)
          expect(host).not.toMatch(/^-|\s/)
          expect(port).toBeLessThanOrEqual(65_535)
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError)
        }
      }),
    )
  })
})

describe('resolveProbeTarget', () => {
  it('passes numbers through and looks names up once', async () => {
    const number = await resolveProbeTarget({ host: '192.0.2.1', port: 80, path: '' }, 0)
    expect(number.ip).toBe('192.0.2.1')
    const name = await resolveProbeTarget({ host: 'localhost', port: 0, path: '' }, 4)
    expect(name.ip).toBe('127.0.0.1')
  })

  it('names the host it cannot find', async () => {
    await expect(resolveProbeTarget({ host: 'guest.invalid', port: 80, path: '' }, 0)).rejects.toMatchObject({
      problem: { code: 'probe.address-unresolved', params: { target: 'guest.invalid' } },
    })
  })
})
