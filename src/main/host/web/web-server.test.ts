import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket as SocketClient } from 'ws'
import { createWebSocketTransport } from '../../../renderer/src/host/web-socket-transport.ts'
import { maxClientFrameBytes } from '../../../shared/host-api/wire.ts'
import { silentLogger } from '../../base/logger.ts'
import type { RealTime } from '../../base/real-time.ts'
import type { Logger } from '../../contracts/logger.ts'
import { describeCarrierContract } from '../../testing/carrier-contract.ts'
import { ManualTime } from '../../testing/manual-time.ts'
import { createScriptedHandlers, type ScriptedHandlers } from '../../testing/scripted-handlers.ts'
import type { Handlers } from '../handlers.ts'
import { startWebServer, type WebServer } from './web-server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum web é '))
  const renderer = join(folder, 'renderer')
  mkdirSync(join(renderer, 'assets'), { recursive: true })
  writeFileSync(
    join(renderer, 'index.html'),
    '<html><head><meta name="style-nonce" content="" /></head><body>window</body></html>',
  )
  writeFileSync(join(renderer, 'assets', 'app.js'), 'export {}')
  writeFileSync(join(renderer, 'notes.key'), 'not a kind of file that is served')
  writeFileSync(join(folder, 'secrets.json'), '{"root":"hunter2"}')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const serve = (
  handlers: Handlers = createScriptedHandlers().handlers,
  more: { readonly log?: Logger; readonly realTime?: RealTime; readonly port?: number } = {},
) =>
  startWebServer({
    host: { handlers, close: async () => {} },
    rendererFolder: join(folder, 'renderer'),
    log: silentLogger,
    ...more,
  })

/** What a browser keeps of the answer to the address: the session cookie. */
async function sessionOf(server: WebServer): Promise<string> {
  const answer = await fetch(server.createAddress(), { redirect: 'manual' })
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

describeCarrierContract('the WebSocket', async (handlers, log) => {
  const server = await serve(handlers, { log })
  const headers = { cookie: await sessionOf(server), origin: server.origin }
  let opened: SocketClient | undefined
  const transport = createWebSocketTransport(() => {
    // Once the test is over the carrier would go on trying to connect: it gets a socket that never does.
    if (opened !== undefined) return new EventTarget() as WebSocket
    opened = new SocketClient(`ws://127.0.0.1:${server.port}/host`, { headers })
    return opened as unknown as WebSocket
  })
  return { transport, close: () => server.close() }
})

describe('the web server', () => {
  let server: WebServer
  beforeEach(async () => {
    server = await serve()
  })
  afterEach(() => server.close())

  /** A request as an attacker can write it: any Host, any path, byte for byte. */
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: server.port, path, headers, method }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      })
        .on('error', reject)
        .end()
    })

  /** The status the server answers an upgrade with; 101 when it opened. */
  const upgradeStatus = (headers: Record<string, string>, path = '/host') =>
    new Promise<number>((resolve, reject) => {
      const client = new SocketClient(`ws://127.0.0.1:${server.port}${path}`, { headers })
      client.on('open', () => {
        client.terminate()
        resolve(101)
      })
      client.on('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0))
      client.on('error', reject)
    })

  it('lets the printed address in once and leaves no token in the history', async () => {
    const address = new URL(server.createAddress())
    const first = await ask(address.pathname + address.search)
    expect(first.status).toBe(303)
    expect(first.headers.location).toBe('/')
    expect(first.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(await ask(address.pathname + address.search)).toMatchObject({ status: 403 })
  })

  it('takes the same address again from the browser that already has the session', async () => {
    const address = new URL(server.createAddress())
    const first = await ask(address.pathname + address.search)
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    expect(await ask(address.pathname + address.search, { cookie })).toMatchObject({ status: 303 })
  })

  it('does not use the token up for a HEAD request, as link previews send', async () => {
    const address = new URL(server.createAddress())
    expect(await ask(address.pathname + address.search, {}, 'HEAD')).toMatchObject({ status: 403 })
    expect(await ask(address.pathname + address.search)).toMatchObject({ status: 303 })
  })

  it.each(['', 'x', 'A'.repeat(43), '%00', '../'])('refuses the wrong token "%s"', async (token) => {
    server.createAddress()
    expect(await ask(`/?token=${token}`)).toMatchObject({ status: 403 })
  })

  it.each(['/', '/index.html', '/assets/app.js', '/host', '/favicon.ico', '/nothing'])(
    'gives %s to nobody without a session',
    async (path) => {
      const foreign = { cookie: `kuorum-session-${server.port}=${'A'.repeat(43)}` }
      expect(await ask(path)).toMatchObject({ status: 403 })
      expect(await ask(path, foreign)).toMatchObject({ status: 403 })
    },
  )

  it('does not take the session of another server on this computer', async () => {
    const other = await serve()
    try {
      const cookie = (await sessionOf(other)).replace(String(other.port), String(server.port))
      expect(await ask('/', { cookie })).toMatchObject({ status: 403 })
    } finally {
      await other.close()
    }
  })

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost:1', '[::1]'])(
    'answers 421 to the Host header "%s", whoever asks (DNS rebinding)',
    async (host) => {
      const cookie = await sessionOf(server)
      expect(await ask('/', { cookie, host })).toMatchObject({ status: 421 })
      expect(await upgradeStatus({ cookie, host, origin: `http://${host}` })).toBe(421)
    },
  )

  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://127.0.0.1'])(
    'answers 403 to the origin %s, even with the session',
    async (origin) => {
      const cookie = await sessionOf(server)
      expect(await ask('/', { cookie, origin })).toMatchObject({ status: 403 })
      expect(await upgradeStatus({ cookie, origin })).toBe(403)
    },
  )

  it('opens a socket only with session and origin, and only at its path', async () => {
    const cookie = await sessionOf(server)
    const { origin } = server
    expect(await upgradeStatus({ cookie, origin })).toBe(101)
    expect(await upgradeStatus({ origin })).toBe(403)
    expect(await upgradeStatus({ cookie })).toBe(403)
    expect(await upgradeStatus({ cookie, origin }, '/other')).toBe(404)
    expect(await upgradeStatus({ cookie, origin }, '/host?token=x')).toBe(404)
  })

  it('serves under localhost as well, each name with its own origin', async () => {
    const cookie = await sessionOf(server)
    const host = `localhost:${server.port}`
    expect(await ask('/', { cookie, host, origin: `http://${host}` })).toMatchObject({ status: 200 })
    expect(await ask('/', { cookie, host, origin: server.origin })).toMatchObject({ status: 403 })
  })

  it('serves the page under a strict policy with a style nonce of its own for each load', async () => {
    const cookie = await sessionOf(server)
    const first = await ask('/', { cookie })
    const second = await ask('/', { cookie })
    const policy = String(first.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toContain('unsafe')
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
    expect(first.text).toContain(`<meta name="style-nonce" content="${nonce}" />`)
    expect(second.text).not.toContain(nonce)
    expect(first.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  })

  it('serves scripts with their media type', async () => {
    const cookie = await sessionOf(server)
    const script = await ask('/assets/app.js', { cookie })
    expect(script).toMatchObject({ status: 200, text: 'export {}' })
    expect(script.headers['content-type']).toContain('text/javascript')
  })

  it.each([
    '/../secrets.json',
    '/assets/../../secrets.json',
    '/%2e%2e/secrets.json',
    '/..%2fsecrets.json',
    '/..%5csecrets.json',
    '/assets/..%2f..%2fsecrets.json',
    '/%252e%252e/secrets.json',
    '//etc/passwd',
    '/C:/secrets.json',
    '/index.html%00.js',
    '/%',
    '/assets',
    '/notes.key',
  ])('finds nothing at %s', async (path) => {
    const answer = await ask(path, { cookie: await sessionOf(server) })
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('hunter2')
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('does not take %s', async (method) => {
    expect(await ask('/', { cookie: await sessionOf(server) }, method)).toMatchObject({ status: 405 })
  })

  it('listens on the loopback address only', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address
    if (outside === undefined) return
    await expect(fetch(`http://${outside}:${server.port}/`)).rejects.toThrow()
  })

  it('says so when the wished port is taken', async () => {
    await expect(serve(undefined, { port: server.port })).rejects.toMatchObject({
      problem: { code: 'host.port-unavailable', params: { port: server.port }, detail: 'EADDRINUSE' },
    })
  })
})

describe('a socket of the web server', () => {
  let server: WebServer
  let time: ManualTime
  let scripted: ScriptedHandlers
  let client: SocketClient
  let received: unknown[]
  beforeEach(async () => {
    time = new ManualTime()
    scripted = createScriptedHandlers()
    server = await serve(scripted.handlers, { realTime: time })
    const headers = { cookie: await sessionOf(server), origin: server.origin }
    client = new SocketClient(`ws://127.0.0.1:${server.port}/host`, { headers, autoPong: false })
    received = []
    client.on('message', (data: Buffer) => received.push(JSON.parse(data.toString('utf8'))))
    client.on('error', () => {})
    await new Promise((resolve) => client.on('open', resolve))
  })
  afterEach(() => server.close())

  const closing = () => new Promise<number>((resolve) => client.on('close', resolve))

  it.each([
    'no json',
    '[]',
    'null',
    '{"type":"call"}',
    '{"type":"call","id":0,"name":"app.info","input":null}',
    '{"type":"call","id":1,"name":"app.info","input":null,"extra":1}',
    '{"type":"shutdown","id":1}',
  ])('answers the malformed frame %s and goes on', async (frame) => {
    client.send(frame)
    client.send(JSON.stringify({ type: 'call', id: 5, name: 'app.info', input: null }))
    await vi.waitFor(() => expect(received).toHaveLength(2))
    expect(received[0]).toMatchObject({ type: 'refused', problem: { code: 'host.malformed' } })
    expect(received[1]).toMatchObject({ type: 'reply', id: 5, reply: { ok: true } })
  })

  it('takes no binary frame', async () => {
    client.send(Buffer.from('{"type":"call","id":1,"name":"app.info","input":null}'))
    await vi.waitFor(() => expect(received).toMatchObject([{ type: 'refused' }]))
  })

  it('waits while a large answer is on its way, however much is asked meanwhile', async () => {
    const ask = (id: number, name: string, input: unknown) =>
      client.send(JSON.stringify({ type: 'call', id, name, input }))
    ask(1, 'runs.export', { run: 'large', what: 'samples-csv' })
    for (let id = 2; id <= 5; id++) ask(id, 'app.info', null)
    await vi.waitFor(() => expect(received).toHaveLength(5), { timeout: 10_000 })
    expect(client.readyState).toBe(SocketClient.OPEN)
  })

  it('is closed by a frame above the limit', async () => {
    client.send('x'.repeat(maxClientFrameBytes + 1))
    expect(await closing()).toBe(1009)
  })

  it('does not open a stream under a number that is in use, nor more than anybody needs', async () => {
    const input = { run: 'endless', afterSeq: 0 }
    const subscribe = (id: number) =>
      client.send(JSON.stringify({ type: 'subscribe', id, name: 'runs.follow', input }))
    subscribe(1)
    subscribe(1)
    await vi.waitFor(() => expect(received).toContainEqual(expect.objectContaining({ type: 'end', id: 1 })))
    for (let id = 2; id <= 70; id++) subscribe(id)
    await vi.waitFor(() => expect(received.filter((frame) => isEnd(frame))).toHaveLength(1 + 70 - 64))
  })

  it('ends the streams a client leaves behind', async () => {
    const input = { run: 'endless', afterSeq: 0 }
    client.send(JSON.stringify({ type: 'subscribe', id: 1, name: 'runs.follow', input }))
    await vi.waitFor(() => expect(received).toHaveLength(1))
    client.terminate()
    await vi.waitFor(() => expect(scripted.cancelled).toEqual(['endless']))
  })

  it('cuts off a client that answers no ping', async () => {
    const closed = closing()
    time.advance(40_000)
    expect(await closed).toBe(1006)
  })

  it('keeps a client that answers', async () => {
    for (let round = 0; round < 3; round++) {
      client.pong()
      client.send(JSON.stringify({ type: 'call', id: round + 1, name: 'app.info', input: null }))
      await vi.waitFor(() => expect(received).toHaveLength(round + 1))
      time.advance(15_000)
    }
    expect(client.readyState).toBe(SocketClient.OPEN)
  })
})

function isEnd(frame: unknown): boolean {
  return (frame as { type: string }).type === 'end'
}
