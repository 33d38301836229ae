import { Agent, type IncomingMessage, request } from 'node:http'
import { type OutcomeCode, outcomes } from '../../shared/domain/sample.ts'
import { type ConnectPatience, wasRepeated } from './connect-patience.ts'
import { errnoOf, type LocalAddresses, outcomeOfErrno } from './network-errors.ts'
import type { ProbeEndpoint } from './probe-target.ts'
import type { Prober } from './prober.ts'

/** What a page must show to count as the right service of the right instance. */
export interface HttpExpectation {
  /** Exact status; any of 200 to 299 when absent. */
  readonly status?: number
  /** Texts the body must contain, e.g. a word of the application and the id of the instance. */
  readonly bodyContains: readonly string[]
}

export const anySuccess: HttpExpectation = { bodyContains: [] }

/** A health page is small; a body beyond this is not the page that was meant. */
const largestBodyBytes = 1_048_576

/**
 * GET on a fresh connection, no proxy, no redirect followed, the body read to its end. Proves the process: a
 * frozen one accepts the connection and never answers. The engine's deadline is on the total.
 */
export function createHttpProber(
  endpoint: ProbeEndpoint,
  expectation: HttpExpectation,
  local: LocalAddresses,
  patience: ConnectPatience,
): Prober {
  // An agent of our own: no connection is kept, and no proxy from the environment applies to it.
  const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
  const isNeighbour = local.isNeighbour(endpoint.ip)
  const options = {
    agent,
    host: endpoint.ip,
    port: endpoint.port,
    path: endpoint.path,
    method: 'GET',
    headers: {
      host: hostHeaderOf(endpoint),
      'cache-control': 'no-store',
      connection: 'close',
      'user-agent': 'kuorum-probe',
    },
  }
  return {
    sendsWithinMs: 0,
    send(attempt) {
      const call = request(options)
      let isRepeated = false
      call.on('socket', (socket) => {
        socket.once('connect', () => {
          isRepeated = wasRepeated(attempt, patience)
        })
      })
      call.on('response', (response) => {
        readAnswer(response, expectation, (outcome) => {
          attempt.answer(isRepeated && outcome === outcomes.ok ? outcomes.late : outcome)
        })
      })
      call.on('error', (error) => attempt.answer(outcomeOfHttpError(error, isNeighbour)))
      // After a response this says nothing new; without one the connection was ended without an answer.
      call.on('close', () => attempt.answer(outcomes['bad:closed']))
      call.end()
      return () => call.destroy()
    },
    close() {
      agent.destroy()
    },
  }
}

function hostHeaderOf({ host, port }: ProbeEndpoint): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === 80 ? name : `${name}:${port}`
}

function readAnswer(
  response: IncomingMessage,
  expectation: HttpExpectation,
  answer: (outcome: OutcomeCode) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > largestBodyBytes) {
      answer(outcomes['bad:http-content'])
      response.destroy()
    } else chunks.push(chunk)
  })
  response.on('end', () => {
    if (!response.complete) answer(outcomes['bad:closed'])
    else answer(outcomeOfPage(response.statusCode ?? 0, Buffer.concat(chunks), expectation))
  })
  response.on('error', () => answer(outcomes['bad:closed']))
}

function outcomeOfPage(status: number, body: Buffer, expectation: HttpExpectation): OutcomeCode {
  const isExpected =
    expectation.status === undefined ? status >= 200 && status < 300 : status === expectation.status
  if (!isExpected) return outcomes['bad:http-status']
  return expectation.bodyContains.every((text) => body.includes(text))
    ? outcomes.ok
    : outcomes['bad:http-content']
}

function outcomeOfHttpError(error: Error, isNeighbour: boolean): OutcomeCode {
  const code = errnoOf(error)
  // What came back was no HTTP (`HPE_*` are the parser's codes).
  if (code?.startsWith('HPE_')) return outcomes['bad:http-content']
  // Node calls an orderly end without an answer ECONNRESET too; only a real reset names its system call.
  const isHangUp = code === 'ECONNRESET' && (error as NodeJS.ErrnoException).syscall === undefined
  return isHangUp ? outcomes['bad:closed'] : outcomeOfErrno(code, isNeighbour)
}
