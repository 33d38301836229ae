/** Port 8006 of one node on the loopback address: listens while the node's proxy runs, and only then. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import type { ServerCertificate } from './certificates.ts'
import type { ApiRequest, PveFrontEnd, Reachability } from './front-end.ts'
import type { ApiReply } from './replies.ts'

const loopback = '127.0.0.1'
/** The real proxy closes an idle connection after that time (proxmox.md 1.6). */
const keepAliveMs = 5000

interface Options {
  readonly frontEnd: PveFrontEnd
  readonly node: string
  readonly certificate: ServerCertificate
  /** 0 for a free one, which then stays the node's. */
  readonly port: number
  /** Hears what goes wrong inside, beside the answer 500. */
  failed(error: unknown): void
}

export class NodeListener {
  readonly #options: Options
  readonly #https: HttpsServer
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port: number
  #shown: Reachability = 'refusing'
  #settling: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
    this.#port = options.port
    const { key, pem } = options.certificate
    this.#https = createHttpsServer(
      { key, cert: pem, keepAliveTimeout: keepAliveMs, requireHostHeader: false },
      (request, response) => {
        this.#serve(request, response).catch((error: unknown) => {
          // A client that hangs up in the middle of its request is nobody's fault here.
          if (!request.socket.destroyed) options.failed(error)
          response.destroy()
        })
      },
    )
    this.#https.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  get port(): number {
    return this.#port
  }

  /** Takes the port, whatever the state of the node, to learn that it is free. */
  async reserve(): Promise<void> {
    await this.#open()
    await this.#shut()
  }

  /** To be called whenever the node may have come or gone. Rejects when the port cannot be had; then once more. */
  async refresh(): Promise<void> {
    const { frontEnd, node } = this.#options
    const next = frontEnd.reachability(node)
    if (next === this.#shown) return
    this.#shown = next
    try {
      await this.#settle()
    } catch (error) {
      this.#shown = 'refusing'
      throw error
    }
  }

  async close(): Promise<void> {
    this.#shown = 'refusing'
    await this.#settle()
  }

  /** Opens or shuts the port as shown, after whatever of that is under way. */
  #settle(): Promise<void> {
    const done = this.#settling.then(async () => {
      // What is under way ends with the node; where packets are lost it stays without an answer.
      if (this.#shown === 'refusing') await this.#shut()
      else if (this.#server === undefined) await this.#open()
    })
    this.#settling = done.catch(() => {})
    return done
  }

  async #open(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      if (this.#shown === 'answering') this.#https.emit('connection', socket)
    })
    server.listen(this.#port, loopback)
    await once(server, 'listening')
    this.#server = server
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  async #shut(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { frontEnd, node } = this.#options
    const head = headOf(request)
    const refusal = frontEnd.refusalOf(head)
    const reply = refusal ?? (await frontEnd.answer(node, { ...head, body: await bodyOf(request) }))
    // A node that lost its network meanwhile says nothing more.
    if (this.#shown === 'answering') write(reply, request, response, refusal !== undefined)
  }
}

function headOf(request: IncomingMessage): ApiRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join('; ') : value,
  ])
  return { method: request.method ?? 'GET', target: request.url ?? '/', headers: Object.fromEntries(headers) }
}

/** Bodies are at most as long as their head said, which was looked at before. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function write(
  reply: ApiReply,
  request: IncomingMessage,
  response: ServerResponse,
  bodyUnread: boolean,
): void {
  const hasLength = reply.headers.some(([name]) => name === 'Content-Length')
  const closes = bodyUnread || !hasLength || request.headers.connection === 'close'
  response.sendDate = false
  response.useChunkedEncodingByDefault = false
  response.statusCode = reply.status
  response.statusMessage = wireText(reply.reason)
  for (const [name, value] of reply.headers) response.setHeader(name, value)
  response.setHeader('Connection', closes ? 'close' : 'Keep-Alive')
  // Without this Node would add a length of its own to an answer that has none.
  if (!hasLength) {
    response.removeHeader('Content-Length')
    response.removeHeader('Transfer-Encoding')
  }
  // As bytes: Node would write text and head as one string, and encode the head once more.
  response.end(Buffer.from(reply.body))
}

/** The bytes of UTF-8, as the real server sends them, without what would end the line. */
function wireText(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e\x80-\xff]/g, ' ')
}
