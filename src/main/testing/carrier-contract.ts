/** What every carrier of the host API must keep, seen from the client's side. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HostTransport } from '../../shared/host-api/definition.ts'
import type { Json, Problem } from '../../shared/problems/problem.ts'
import { createLogger } from '../base/logger.ts'
import type { Logger } from '../contracts/logger.ts'
import type { Handlers } from '../host/handlers.ts'
import { createScriptedHandlers, frameAt, type ScriptedHandlers } from './scripted-handlers.ts'

export interface OpenCarrier {
  readonly transport: HostTransport
  close(): Promise<void>
}

interface Followed {
  readonly items: Json[]
  readonly ends: (Problem | undefined)[]
  readonly stop: () => void
}

export function describeCarrierContract(
  name: string,
  open: (handlers: Handlers, log: Logger) => Promise<OpenCarrier>,
): void {
  describe(`${name} as a carrier of the host API`, () => {
    let carrier: OpenCarrier
    let scripted: ScriptedHandlers
    let logLines: string[]

    beforeEach(async () => {
      scripted = createScriptedHandlers()
      logLines = []
      const log = createLogger({ write: (line) => logLines.push(line) }, () => '')
      carrier = await open(scripted.handlers, log)
    })
    afterEach(() => carrier.close())

    const call = (callName: string, input: Json = null) => carrier.transport.call(callName, input)
    const follow = (run: string, input: Json = { run, afterSeq: 7 }, stream = 'runs.follow'): Followed => {
      const items: Json[] = []
      const ends: (Problem | undefined)[] = []
      const stop = carrier.transport.subscribe(
        stream,
        input,
        (item) => items.push(item),
        (problem) => ends.push(problem),
      )
      return { items, ends, stop }
    }

    it('brings an answer back, letters of other alphabets included', async () => {
      const reply = await call('app.info')
      expect(reply).toMatchObject({ ok: true, value: { version: '1.2.3', runFolder: 'Data baru/é' } })
    })

    it('keeps answers apart when many calls are under way', async () => {
      const languages = ['en', 'id', 'system', 'en', 'id'] as const
      const replies = await Promise.all(languages.map((language) => call('settings.change', { language })))
      expect(replies.map((reply) => reply.ok && (reply.value as { language: string }).language)).toEqual(
        languages,
      )
    })

    it('brings an expected failure back with its parameters and detail', async () => {
      expect(await call('plans.check', { plan: {} })).toEqual({
        ok: false,
        problem: {
          code: 'input.invalid-field',
          params: { source: 'plan', field: 'phases' },
          detail: 'too few',
        },
      })
    })

    it.each(['no.such-call', 'runs.follow', 'toString', '__proto__', ''])(
      'does not know the call "%s"',
      async (unknown) => {
        expect(await call(unknown)).toMatchObject({
          ok: false,
          problem: { code: 'host.unknown-call', params: { call: unknown } },
        })
      },
    )

    it.each<[string, string, Json]>([
      ['runs.results', 'run', { run: '../etc/passwd' }],
      ['runs.results', 'run', {}],
      ['runs.results', 'seed', { run: 'r1', seed: 1 }],
      ['settings.change', 'theme', { theme: 'pink' }],
      ['app.info', '(root)', 5],
      [
        'runs.start',
        'plan.',
        {
          recipe: 'P0',
          trial: 'second',
          group: 'treatment',
          plan: { id: 'x', faults: 'none' },
          guests: 'together',
          seed: 1,
          speed: 'max',
        },
      ],
    ])('refuses a malformed input of %s and names the field %s', async (callName, field, input) => {
      const reply = await call(callName, input)
      expect(reply).toMatchObject({ ok: false, problem: { code: 'host.malformed' } })
      expect(reply.ok ? '' : String(reply.problem.params.field)).toContain(field)
      expect(scripted.changes).toEqual([])
    })

    it.each(['crashing', 'garbled'])(
      'tells nothing of a %s handler but that it failed, and logs it',
      async (run) => {
        expect(await call('runs.results', { run })).toEqual({
          ok: false,
          problem: { code: 'host.internal', params: { call: 'runs.results' } },
        })
        expect(logLines.map((line) => JSON.parse(line).event)).toEqual(['host.internal'])
      },
    )

    it('delivers the items of a stream in order, then its end once', async () => {
      const followed = follow('three')
      await vi.waitFor(() => expect(followed.ends).toEqual([undefined]))
      expect(followed.items).toEqual([frameAt(7), frameAt(8), frameAt(9)])
    })

    it('ends a stream with the Problem it broke with', async () => {
      const followed = follow('failing')
      await vi.waitFor(() => expect(followed.ends).toHaveLength(1))
      expect(followed.items).toEqual([frameAt(7)])
      expect(followed.ends).toEqual([{ code: 'run.failed', params: { run: 'failing' } }])
    })

    it.each(['crashing', 'garbled'])('ends a %s stream without telling why, and logs it', async (run) => {
      const followed = follow(run)
      await vi.waitFor(() => expect(followed.ends).toHaveLength(1))
      expect(followed.ends).toEqual([{ code: 'host.internal', params: { call: 'runs.follow' } }])
      expect(logLines).toHaveLength(1)
    })

    it('ends a stream at once that is unknown or asked for wrongly', async () => {
      const unknown = follow('r1', null, 'no.such-stream')
      const malformed = follow('r1', { run: 'r1', afterSeq: -1 })
      await vi.waitFor(() => expect([...unknown.ends, ...malformed.ends]).toHaveLength(2))
      expect(unknown.ends[0]).toMatchObject({ code: 'host.unknown-call' })
      expect(malformed.ends[0]).toMatchObject({ code: 'host.malformed', params: { field: 'afterSeq' } })
    })

    it('cancels a stream at its source and calls nothing afterwards', async () => {
      const first = follow('endless')
      const second = follow('endless')
      await vi.waitFor(() => expect([...first.items, ...second.items]).toHaveLength(2))
      first.stop()
      await vi.waitFor(() => expect(scripted.cancelled).toEqual(['endless']))
      // A round trip later anything still under way would have arrived.
      await call('app.info')
      expect(first.items).toEqual([frameAt(7)])
      expect(first.ends).toEqual([])
      first.stop()
      second.stop()
      await vi.waitFor(() => expect(scripted.cancelled).toHaveLength(2))
    })
  })
}
