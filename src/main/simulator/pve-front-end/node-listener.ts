/** Port 8006 of one node on the loopback address: listens while the node's proxy runs, and only then. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { ServerCertificate } from './certificates.ts'
import type { PveFrontEnd } from './front-end.ts'
import { boundaryOf, MultipartReader } from './multipart.ts'
import { NodePort } from './node-port.ts'
import type { ApiReply } from './replies.ts'
import { type ApiRequest, isUpload } from './requests.ts'

/** The real proxy closes an idle connection after that time (proxmox.md 1.6). */
const keepAliveMs = 5000

interface Options {
  readonly frontEnd: PveFrontEnd
  readonly node: string
  /** In the order in which the node gets them. */
  readonly certificates: readonly ServerCertificate[]
  /** 0 for a free one, which then stays the node's. */
  readonly port: number
  /** Hears what goes wrong inside, beside the answer 500. */
  failed(error: unknown): void
}

export class NodeListener {
  readonly #options: Options
  readonly #https: readonly HttpsServer[]
  readonly #port: NodePort

  constructor(options: Options) {
    this.#options = options
    const { frontEnd, node } = options
    this.#https = options.certificates.map((certificate) => this.#createHttps(certificate))
    this.#port = new NodePort({
      port: options.port,
      reachability: () => frontEnd.reachability(node),
      accept: (socket) => this.#https[frontEnd.lab.certificates.nextShown(node)]?.emit('connection', socket),
    })
  }

  get port(): number {
    return this.#port.port
  }

  /** Takes the port, whatever the state of the node, to learn that it is free. */
  reserve(): Promise<void> {
    return this.#port.reserve()
  }

  /** To be called whenever the node may have come or gone. Rejects when the port cannot be had; then once more. */
  refresh(): Promise<void> {
    return this.#port.refresh()
  }

  close(): Promise<void> {
    return this.#port.close()
  }

  #createHttps({ key, pem }: ServerCertificate): HttpsServer {
    const server = createHttpsServer(
      { key, cert: pem, keepAliveTimeout: keepAliveMs, requireHostHeader: false },
      (request, response) => {
        this.#serve(request, response).catch((error: unknown) => {
          // A client that hangs up in the middle of its request is nobody's fault here.
          if (!request.socket.destroyed) this.#options.failed(error)
          response.destroy()
        })
      },
    )
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { frontEnd, node } = this.#options
    const head = headOf(request)
    const refusal = frontEnd.refusalOf(head)
    const reply = refusal ?? (await frontEnd.answer(node, { ...head, ...(await contentOf(head, request)) }))
    // A node that lost its network meanwhile says nothing more.
    if (this.#port.shown === 'answering') write(reply, request, response, refusal !== undefined)
  }
}

function headOf(request: IncomingMessage): ApiRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join('; ') : value,
  ])
  return { method: request.method ?? 'GET', target: request.url ?? '/', headers: Object.fromEntries(headers) }
}

/** A file is read as it comes and not kept; other bodies are. */
async function contentOf(
  head: ApiRequest,
  request: IncomingMessage,
): Promise<Pick<ApiRequest, 'body' | 'upload'>> {
  const boundary = isUpload(head) ? boundaryOf(head.headers['content-type']) : undefined
  if (boundary === undefined) return { body: await bodyOf(request) }
  const reader = new MultipartReader(boundary)
  for await (const part of request) reader.feed(part as Buffer)
  return { upload: reader.end() }
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
