import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ClientFrame, ServerFrame } from '../../../shared/host-api/wire.ts'
import { problem } from '../../../shared/problems/problem.ts'
import { createWebSocketTransport } from './web-socket-transport.ts'
import { createWindowHost } from './window-host.ts'

/** The server's end of one connection. */
class SocketDouble extends EventTarget {
  readonly received: ClientFrame[] = []

  send(text: string): void {
    this.received.push(JSON.parse(text) as ClientFrame)
  }

  open(): void {
    this.dispatchEvent(new Event('open'))
  }

  drop(): void {
    this.dispatchEvent(new Event('close'))
  }

  answer(frame: ServerFrame): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }))
  }
}

const sockets: SocketDouble[] = []
function connect() {
  return createWebSocketTransport(() => {
    const socket = new SocketDouble()
    sockets.push(socket)
    return socket as unknown as WebSocket
  })
}

function socketAt(index: number): SocketDouble {
  const socket = sockets[index]
  if (!socket) throw new Error(`no connection ${index} was opened`)
  return socket
}

beforeEach(() => {
  vi.useFakeTimers()
  sockets.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

test('what is asked before the connection stands is sent once it does', async () => {
  const transport = connect()
  const reply = transport.call('app.info', null)
  const socket = socketAt(0)
  expect(socket.received).toEqual([])
  socket.open()
  expect(socket.received).toEqual([{ type: 'call', id: 1, name: 'app.info', input: null }])
  socket.answer({ type: 'reply', id: 1, reply: { ok: true, value: 'x' } })
  expect(await reply).toEqual({ ok: true, value: 'x' })
})

test('a lost connection answers every open call, ends every stream, and is tried again', async () => {
  const transport = connect()
  socketAt(0).open()
  const ends: unknown[] = []
  transport.subscribe(
    'runs.follow',
    null,
    () => {},
    (failure) => ends.push(failure),
  )
  const reply = transport.call('app.info', null)
  socketAt(0).drop()
  expect(await reply).toEqual({ ok: false, problem: problem('host.disconnected') })
  expect(ends).toEqual([problem('host.disconnected')])
  expect(transport.connection.getState().state).toBe('lost')
  expect(await transport.call('app.info', null)).toEqual({ ok: false, problem: problem('host.disconnected') })

  vi.advanceTimersByTime(300)
  socketAt(1).drop()
  vi.advanceTimersByTime(999)
  expect(sockets).toHaveLength(2)
  vi.advanceTimersByTime(1)
  socketAt(2).open()
  expect(transport.connection.getState()).toEqual({ state: 'open' })
})

test('the time of the loss stays that of the first failure', () => {
  const transport = connect()
  socketAt(0).open()
  socketAt(0).drop()
  const lost = transport.connection.getState()
  vi.advanceTimersByTime(300)
  socketAt(1).drop()
  expect(transport.connection.getState()).toEqual(lost)
})

test('a cancelled stream receives nothing more, and the host is told', () => {
  const transport = connect()
  socketAt(0).open()
  const items: unknown[] = []
  const cancel = transport.subscribe(
    'runs.follow',
    null,
    (item) => items.push(item),
    () => {},
  )
  socketAt(0).answer({ type: 'item', id: 1, item: 'a' })
  cancel()
  socketAt(0).answer({ type: 'item', id: 1, item: 'b' })
  expect(items).toEqual(['a'])
  expect(socketAt(0).received.at(-1)).toEqual({ type: 'cancel', id: 1 })
})

test('a followed stream is taken up again after a loss, from where it stopped', () => {
  const host = createWindowHost(connect())
  socketAt(0).open()
  let afterSeq = 0
  const ends: unknown[] = []
  host.follow(
    'runs.follow',
    () => ({ run: 'r', afterSeq }),
    () => {
      afterSeq = 7
    },
    (failure) => ends.push(failure),
  )
  socketAt(0).answer({ type: 'item', id: 1, item: {} })
  socketAt(0).drop()
  vi.advanceTimersByTime(300)
  socketAt(1).open()
  expect(socketAt(1).received).toMatchObject([{ type: 'subscribe', input: { run: 'r', afterSeq: 7 } }])
  socketAt(1).answer({ type: 'end', id: 2 })
  expect(ends).toEqual([undefined])
})

test('a stream stopped while the host is away is not taken up again', () => {
  const host = createWindowHost(connect())
  socketAt(0).open()
  const stop = host.follow(
    'runs.follow',
    () => ({ run: 'r', afterSeq: 0 }),
    () => {},
    () => {},
  )
  socketAt(0).drop()
  stop()
  vi.advanceTimersByTime(300)
  socketAt(1).open()
  expect(socketAt(1).received).toEqual([])
})
