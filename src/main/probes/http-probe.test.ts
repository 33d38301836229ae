import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { outcomeNameOf, outcomes } from '../../shared/domain/sample.ts'
import { SystemClock } from '../base/system-clock.ts'
import { judgedAs, probeOnce, probeTimes } from '../testing/probe-once.ts'
import { startServiceProcess } from '../testing/service-process.ts'
import { anySuccess, createHttpProber, type HttpExpectation } from './http-probe.ts'
import { readLocalAddresses } from './network-errors.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener) => listen(createHttpServer(listener))

/** A server that says `bytes` to whoever has sent a request, then does what it is told with the connection. */
function serveBytes(bytes: string, then: (socket: Socket) => void) {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(bytes, () => then(socket)))
    }),
  )
}

const clock = new SystemClock()

function proberTo(
  port: number,
  expectation: HttpExpectation = anySuccess,
  host = '127.0.0.1',
  repeatedAfterMs = Number.POSITIVE_INFINITY,
) {
  const endpoint = { host, ip: '127.0.0.1', port, path: '/health?deep=1' }
  return createHttpProber(endpoint, expectation, readLocalAddresses(), { clock, repeatedAfterMs })
}

async function outcomeOf(port: number, expectation?: HttpExpectation) {
  return outcomeNameOf((await probeOnce(proberTo(port, expectation))).outcome)
}

describe('HTTP probe', () => {
  it('asks for the path on a fresh connection each time, naming the host as it was written', async () => {
    const sockets = new Set<Socket>()
    const heads: string[] = []
    const port = await serve((request, response) => {
      sockets.add(request.socket)
      heads.push(
        `${request.method} ${request.url} ${request.headers.host} ${request.headers['cache-control']}`,
      )
      response.end('fine')
    })
    const samples = await probeTimes(proberTo(port, anySuccess, 'guest.lab'), 5)
    expect(judgedAs(samples)).toEqual(['ok'])
    expect(sockets.size).toBe(samples.filter(({ outcome }) => outcome === outcomes.ok).length)
    expect(new Set(heads)).toEqual(new Set([`GET /health?deep=1 guest.lab:${port} no-store`]))
  })

  it('reads any body shape to its end', async () => {
    const body = 'x'.repeat(200_000)
    const chunked = await serve((_request, response) => {
      response.write(body)
      setTimeout(() => response.end('token-at-the-end'), 20)
    })
    expect(await outcomeOf(chunked, { bodyContains: ['token-at-the-end'] })).toBe('ok')
    const untilEnd = await serveBytes('HTTP/1.1 200 OK\r\n\r\ntoken', (socket) => socket.end())
    expect(await outcomeOf(untilEnd, { bodyContains: ['token'] })).toBe('ok')
    const empty = await serve((_request, response) => response.writeHead(204).end())
    expect(await outcomeOf(empty)).toBe('ok')
  })

  it('is bad when the status is not the expected one, and follows no redirect', async () => {
    let calls = 0
    const port = await serve((request, response) => {
      calls++
      if (request.url?.startsWith('/health')) response.writeHead(302, { location: '/elsewhere' })
      response.end('fine')
    })
    expect(await outcomeOf(port)).toBe('bad:http-status')
    expect(calls).toBe(1)
    expect(await outcomeOf(port, { status: 302, bodyContains: [] })).toBe('ok')
    const failing = await serve((_request, response) => response.writeHead(503).end('fine'))
    expect(await outcomeOf(failing, { bodyContains: ['fine'] })).toBe('bad:http-status')
  })

  it('is bad when the word of the application or the instance is missing', async () => {
    const port = await serve((_request, response) => response.end('nextcloud boot-id=4711'))
    expect(await outcomeOf(port, { bodyContains: ['nextcloud', 'boot-id=4711'] })).toBe('ok')
    expect(await outcomeOf(port, { bodyContains: ['nextcloud', 'boot-id=4712'] })).toBe('bad:http-content')
  })

  it('is bad when the body breaks off, the connection is closed without an answer, or is reset', async () => {
    const short = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'
    expect(await outcomeOf(await serveBytes(short, (socket) => socket.end()))).toBe('bad:closed')
    const truncated = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'
    expect(await outcomeOf(await serveBytes(truncated, (socket) => socket.end()))).toBe('bad:closed')
    expect(await outcomeOf(await serveBytes('', (socket) => socket.end()))).toBe('bad:closed')
    expect(await outcomeOf(await serveBytes('', (socket) => socket.resetAndDestroy()))).toBe('bad:reset')
  })

  it('is bad when the answer is no HTTP, or a body that is no health page', async () => {
    expect(await outcomeOf(await serveBytes('SSH-2.0-OpenSSH_9.2\r\n', (socket) => socket.end()))).toBe(
      'bad:http-content',
    )
    const endless = await serve((_request, response) => {
      const write = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), write)
      }
      write()
    })
    expect(await outcomeOf(endless)).toBe('bad:http-content')
  })

  it('puts the deadline on the whole answer, not on its beginning', async () => {
    const port = await serve((_request, response) => {
      response.write('begun')
      setTimeout(() => response.end(' and done'), 450)
    })
    const sample = await probeOnce(proberTo(port), { deadlineMs: 300 })
    expect(outcomeNameOf(sample.outcome)).toBe('late')
    expect(sample.rttUs).toBeGreaterThan(440_000)
    expect(outcomeNameOf((await probeOnce(proberTo(port), { deadlineMs: 200 })).outcome)).toBe('bad:timeout')
  })

  it('counts a good page over a connect that the system must have repeated as late, a bad one as bad', async () => {
    const port = await serve((_request, response) => response.end('fine'))
    const outcomeWith = async (expectation: HttpExpectation) =>
      outcomeNameOf((await probeOnce(proberTo(port, expectation, '127.0.0.1', 0), {}, clock)).outcome)
    expect(await outcomeWith(anySuccess)).toBe('late')
    expect(await outcomeWith({ status: 201, bodyContains: [] })).toBe('bad:http-status')
  })

  it('is refused where nobody listens', async () => {
    const server = createTcpServer()
    const port = await listen(server)
    server.close()
    await once(server, 'close')
    expect(await outcomeOf(port)).toBe('bad:refused')
  })

  it.skipIf(process.platform === 'win32')(
    'times out on a frozen process that still accepts connections, and is answered again after it thawed',
    async () => {
      const service = await startServiceProcess()
      cleanUps.push(() => service.stop())
      service.child.kill('SIGSTOP')
      const frozen = await probeTimes(proberTo(service.port), 3)
      expect(judgedAs(frozen)).toEqual(['bad:timeout'])
      service.child.kill('SIGCONT')
      const thawed = await probeTimes(proberTo(service.port), 3)
      expect(judgedAs(thawed)).toEqual(['ok'])
    },
  )
})
