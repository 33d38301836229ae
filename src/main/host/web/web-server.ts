/** Serves the window and the host API on the loopback address, to whoever was given a one-time address. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { socketPath } from '../../../shared/host-api/carrier-names.ts'
import { maxClientFrameBytes } from '../../../shared/host-api/wire.ts'
import { throwProblem } from '../../../shared/problems/problem.ts'
import { machineTime, type RealTime } from '../../base/real-time.ts'
import type { Logger } from '../../contracts/logger.ts'
import { createDispatcher } from '../dispatch.ts'
import type { Host } from '../handlers.ts'
import { type AccessGuard, createAccessGuard } from './access-guard.ts'
import { securityHeaders } from './page-policy.ts'
import { answerRendererFile } from './renderer-files.ts'
import { serveSocket } from './serve-socket.ts'

export interface WebServerOptions {
  readonly host: Host
  /** Built window: the folder with index.html. */
  readonly rendererFolder: string
  /** 0 or absent for a free one. */
  readonly port?: number
  readonly log: Logger
  readonly realTime?: RealTime
}

export interface WebServer {
  readonly port: number
  /** `http://127.0.0.1:PORT`, without a token. */
  readonly origin: string
  /** An address that opens the window once; each call gives another one. */
  createAddress(): string
  /** Stops listening and cuts all connections; the host stays open. */
  close(): Promise<void>
}

/** A client that answers no ping within this time is gone (the laptop slept, the tab was frozen). */
const pingEveryMs = 15_000

/** Rejects with `host.port-unavailable`. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const guard = createAccessGuard()
  const dispatcher = createDispatcher(options.host.handlers, options.log)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxClientFrameBytes,
    perMessageDeflate: false,
  })
  const server = createServer((request, response) => {
    answerRequest(request, response, guard, options.rendererFolder).catch((error: unknown) => {
      options.log.error('web.request-failed', { message: String(error) })
      response.destroy()
    })
  })
  server.on('upgrade', (request, socket, head) => {
    const refusal = upgradeRefusal(request, guard)
    if (refusal !== undefined) refuseUpgrade(socket, refusal)
    else
      sockets.handleUpgrade(request, socket, head, (client) => {
        serveSocket(client, dispatcher)
        keepChecking(client, options.realTime ?? machineTime)
      })
  })

  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve(portOf(server.address())))
  }).catch((error: NodeJS.ErrnoException) =>
    throwProblem('host.port-unavailable', { port: options.port ?? 0 }, error.code),
  )
  const origin = `http://127.0.0.1:${port}`
  return {
    port,
    origin,
    createAddress: () => `${origin}/?token=${guard.issueToken()}`,
    async close() {
      for (const client of sockets.clients) client.terminate()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  guard: AccessGuard,
  rendererFolder: string,
): Promise<void> {
  const port = request.socket.localPort ?? 0
  const refusal = guard.refusalOf(request, port)
  if (refusal !== undefined) return sendText(response, refusal.status, refusal.reason)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendText(response, 405, 'only GET and HEAD')

  // The raw path, not URL's: URL would resolve `..` before anybody has looked at it.
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const token = path === '/' ? new URLSearchParams(query).get('token') : null
  const session = token === null || request.method === 'HEAD' ? undefined : guard.redeemToken(token)
  if (session === undefined && !guard.hasSession(request))
    return sendText(
      response,
      403,
      'this address is wrong or was used before; start Kuorum again for a new one',
    )
  if (token !== null) {
    // On to an address without the token: this one ends up in the browser's history.
    const cookie = session === undefined ? {} : { 'set-cookie': guard.sessionCookie(session, port) }
    response.writeHead(303, { ...securityHeaders, ...cookie, location: '/' })
    response.end()
    return
  }
  const answer = await answerRendererFile(rendererFolder, path, `ws://${request.headers.host}`)
  response.writeHead(answer.status, answer.headers)
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' })
  response.end(`Kuorum: ${text}\n`)
}

function upgradeRefusal(request: IncomingMessage, guard: AccessGuard): number | undefined {
  const refusal = guard.refusalOf(request, request.socket.localPort ?? 0)
  if (refusal !== undefined) return refusal.status
  if (request.url !== socketPath) return 404
  return guard.hasSession(request) ? undefined : 403
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function keepChecking(client: WebSocket, realTime: RealTime): void {
  let hasAnswered = true
  let cancelTimer = () => {}
  const check = () => {
    if (!hasAnswered) {
      client.terminate()
      return
    }
    hasAnswered = false
    client.ping()
    cancelTimer = realTime.after(pingEveryMs, check)
  }
  client.on('pong', () => {
    hasAnswered = true
  })
  client.on('close', () => cancelTimer())
  check()
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
