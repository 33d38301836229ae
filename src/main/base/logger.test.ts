import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { LogFields } from '../contracts/logger.ts'
import { createLogger } from './logger.ts'
import { Secret } from './secret.ts'

function loggerInto(lines: string[]) {
  return createLogger({ write: (line) => lines.push(line) }, () => '2026-01-01T00:00:00.000Z')
}

describe('createLogger', () => {
  it('writes one JSON object per line, fields after time, level and event', () => {
    const lines: string[] = []
    loggerInto(lines).info('run.started', { seed: 1, note: 'two\nlines', absent: undefined })
    expect(lines).toEqual([
      '{"time":"2026-01-01T00:00:00.000Z","level":"info","event":"run.started","seed":1,"note":"two\\nlines"}\n',
    ])
  })

  it('leaves out what is below its level', () => {
    const lines: string[] = []
    loggerInto(lines).debug('detail')
    expect(lines).toEqual([])
  })

  it('lets no field replace level or event', () => {
    const lines: string[] = []
    loggerInto(lines).warn('real', { event: 'false', level: 'debug' })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'real', level: 'warn' })
  })

  it('survives a sink that is gone', () => {
    const broken = {
      write: () => {
        throw new Error('EPIPE')
      },
    }
    expect(() => createLogger(broken, () => '').error('anything')).not.toThrow()
  })
})

describe('Secret', () => {
  const secret = new Secret('hunter2')

  it('shows its value to nobody but who asks for it', () => {
    const lines: string[] = []
    // The type of the fields forbids a Secret; a careless cast must not matter.
    loggerInto(lines).info('login', { password: secret } as unknown as LogFields)
    const everything = `${lines} ${JSON.stringify({ secret })} ${secret} ${inspect({ secret })} ${Object.keys(secret)}`
    expect(everything).not.toContain('hunter2')
    expect(everything).toContain('***')
    expect(secret.reveal()).toBe('hunter2')
  })
})
