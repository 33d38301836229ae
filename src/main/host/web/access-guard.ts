/**
 * Who may talk to the web server: any page in any browser on this computer can send requests to a loopback
 * port, so the port alone protects nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface Refusal {
  readonly status: 403 | 421
  readonly reason: string
}

export interface AccessGuard {
  /** A token for one visit. */
  issueToken(): string
  /** The value for the session cookie; undefined when the token is wrong or was used before. */
  redeemToken(token: string): string | undefined
  hasSession(request: IncomingMessage): boolean
  /** Why a request must not be answered at all, whatever it asks for. */
  refusalOf(request: IncomingMessage, port: number): Refusal | undefined
  sessionCookie(session: string, port: number): string
}

export function createAccessGuard(): AccessGuard {
  const tokens = new Set<string>()
  const sessions = new Set<string>()
  return {
    issueToken() {
      const token = randomName()
      tokens.add(digestOf(token))
      return token
    },
    redeemToken(token) {
      const digest = digestOf(token)
      if (!hasDigest(tokens, digest)) return undefined
      tokens.delete(digest)
      const session = randomName()
      sessions.add(digestOf(session))
      return session
    },
    hasSession(request) {
      const cookie = cookieOf(request, cookieName(request.socket.localPort ?? 0))
      return cookie !== undefined && hasDigest(sessions, digestOf(cookie))
    },
    refusalOf: (request, port) => hostRefusal(request, port) ?? originRefusal(request),
    sessionCookie: (session, port) => `${cookieName(port)}=${session}; HttpOnly; SameSite=Strict; Path=/`,
  }
}

/** A foreign name in Host means that somebody's DNS points at the loopback address (DNS rebinding). */
function hostRefusal(request: IncomingMessage, port: number): Refusal | undefined {
  const own = [`127.0.0.1:${port}`, `localhost:${port}`]
  return own.includes(request.headers.host ?? '') ? undefined : { status: 421, reason: 'foreign Host header' }
}

/** Browsers name the asking page in Origin on every WebSocket and on requests across origins. */
function originRefusal(request: IncomingMessage): Refusal | undefined {
  const { origin, host, upgrade } = request.headers
  if (origin === undefined && upgrade === undefined) return undefined
  return origin === `http://${host}` ? undefined : { status: 403, reason: 'foreign Origin header' }
}

function randomName(): string {
  return randomBytes(32).toString('base64url')
}

/** Cookies do not know ports: the name keeps two servers on one computer apart. */
function cookieName(port: number): string {
  return `kuorum-session-${port}`
}

function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

/** Compares with every entry in constant time, so that the answer's delay tells nothing. */
function hasDigest(digests: ReadonlySet<string>, wanted: string): boolean {
  let found = false
  for (const digest of digests) {
    if (timingSafeEqual(Buffer.from(digest), Buffer.from(wanted))) found = true
  }
  return found
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  return request.headers.cookie
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}
