/**
 * Worker thread with the services that the self-test probes and takes away. Entry of the thread; it keeps its own
 * time, so that outages begin and end when they should whatever the probes do.
 */

import assert from 'node:assert'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { SelfTestFault } from '../../shared/domain/self-test.ts'
import { processTimeMs } from '../base/process-time.ts'
import { SystemClock } from '../base/system-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import { errnoOf } from './network-errors.ts'

export interface ResponderOrder {
  readonly kind: 'tcp' | 'http'
  readonly fault: SelfTestFault
}

export interface ResponderOrders {
  readonly responders: readonly ResponderOrder[]
  /** Ports are tried from here on, below the range systems draw source ports from: else a probe's own connection
   * may take the port while its service is away. */
  readonly firstPort: number
}

/** An outage to inject, on the process's monotonic axis. */
export interface PlannedOutage {
  readonly fromMs: number
  readonly toMs: number
}

/** When an outage really began and ended: each moment in the middle of the call that made it. */
export interface TrueOutage extends PlannedOutage {
  readonly responder: number
  /** Half the length of the longer of those calls. */
  readonly errorMs: number
}

/** Outages of each responder, in order. */
export interface InjectMessage {
  readonly outages: readonly (readonly PlannedOutage[])[]
}

export type ResponderMessage =
  | { readonly type: 'listening'; readonly ports: readonly number[] }
  | { readonly type: 'done'; readonly outages: readonly TrueOutage[] }

/** Pause before a port that somebody else took is tried again. */
const retryMs = 5

interface Responder {
  readonly port: number
  takeAway(): Promise<void>
  bringBack(): Promise<void>
}

async function startResponder(order: ResponderOrder, firstPort: number, clock: Clock): Promise<Responder> {
  let isHung = false
  const server: Server =
    order.kind === 'tcp'
      ? createServer((socket) => socket.on('error', () => {}).destroy())
      : createHttpServer((_request, response) => {
          if (!isHung) response.end('self-test')
        })
  const port = await listenFrom(server, firstPort)
  if (order.fault === 'silent') {
    const hang = async (hung: boolean) => {
      isHung = hung
    }
    return { port, takeAway: () => hang(true), bringBack: () => hang(false) }
  }
  return {
    port,
    async takeAway() {
      server.close()
    },
    async bringBack() {
      while (!(await tryToListen(server, port))) await clock.sleep(retryMs)
    },
  }
}

async function listenFrom(server: Server, firstPort: number): Promise<number> {
  for (let port = firstPort; ; port++) if (await tryToListen(server, port)) return port
}

async function tryToListen(server: Server, port: number): Promise<boolean> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return true
  } catch (error) {
    // In use, or reserved by the system (Windows).
    if (errnoOf(error) === 'EADDRINUSE' || errnoOf(error) === 'EACCES') return false
    throw error
  }
}

async function inject(
  responder: Responder,
  position: number,
  planned: readonly PlannedOutage[],
  clock: Clock,
): Promise<readonly TrueOutage[]> {
  const shiftMs = clock.nowMs() - processTimeMs()
  const done: TrueOutage[] = []
  for (const { fromMs, toMs } of planned) {
    const down = await timeOf(fromMs + shiftMs, () => responder.takeAway(), clock)
    // The planned length, from when it really began: a late beginning does not shorten the outage.
    const up = await timeOf(down.atMs + (toMs - fromMs), () => responder.bringBack(), clock)
    done.push({
      responder: position,
      fromMs: down.atMs - shiftMs,
      toMs: up.atMs - shiftMs,
      errorMs: Math.max(down.errorMs, up.errorMs),
    })
  }
  return done
}

/** Acts at a moment and says when that was: the middle of the act, give or take half its length. */
async function timeOf(
  atMs: number,
  act: () => Promise<void>,
  clock: Clock,
): Promise<{ atMs: number; errorMs: number }> {
  await clock.sleepUntil(atMs)
  const beforeMs = clock.nowMs()
  await act()
  const afterMs = clock.nowMs()
  return { atMs: (beforeMs + afterMs) / 2, errorMs: (afterMs - beforeMs) / 2 }
}

async function work(port: MessagePort, orders: ResponderOrders): Promise<void> {
  const clock = new SystemClock()
  const responders: Responder[] = []
  for (const order of orders.responders) {
    const nextPort = (responders.at(-1)?.port ?? orders.firstPort - 1) + 1
    responders.push(await startResponder(order, nextPort, clock))
  }
  const post = (message: ResponderMessage) => port.postMessage(message)
  post({ type: 'listening', ports: responders.map((responder) => responder.port) })
  const [{ outages }] = (await once(port, 'message')) as [InjectMessage]
  const injected = await Promise.all(
    responders.map((responder, position) => inject(responder, position, outages[position] ?? [], clock)),
  )
  // The services stay up until the probes have ended; then the thread is ended from outside.
  post({ type: 'done', outages: injected.flat() })
}

assert(parentPort !== null, 'self-test responder: started outside a worker thread')
await work(parentPort, workerData as ResponderOrders)
