/** The host API on one WebSocket connection. Who may connect at all is decided before this. */
import type { WebSocket } from 'ws'
import { type ClientFrame, clientFrameSchema, type ServerFrame } from '../../../shared/host-api/wire.ts'
import { type Json, problem } from '../../../shared/problems/problem.ts'
import type { Dispatcher } from '../dispatch.ts'

/**
 * A client that lets this much of its streams pile up has stopped reading (a frozen tab); it is cut off and may
 * come back. Replies do not count: each was asked for, and an export alone can be larger.
 */
const mostUnreadItemBytes = 32 * 1024 * 1024
/** More streams than any window opens: a client that opens this many is broken. */
const mostStreams = 64

/** Serves until the socket closes; streams the client left open are cancelled then. */
export function serveSocket(socket: WebSocket, dispatcher: Dispatcher): void {
  const streams = new Map<number, AbortController>()

  let unreadItemBytes = 0

  const send = (frame: ServerFrame) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
  }
  const sendItem = (id: number, item: Json) => {
    if (socket.readyState !== socket.OPEN) return
    if (unreadItemBytes > mostUnreadItemBytes) {
      socket.terminate()
      return
    }
    const text = JSON.stringify({ type: 'item', id, item } satisfies ServerFrame)
    unreadItemBytes += text.length
    socket.send(text, () => {
      unreadItemBytes -= text.length
    })
  }

  const subscribe = async (id: number, name: string, input: unknown) => {
    if (streams.has(id) || streams.size >= mostStreams) {
      send({ type: 'end', id, problem: problem('host.malformed', { call: name, field: 'id' }) })
      return
    }
    const controller = new AbortController()
    streams.set(id, controller)
    const ended = await dispatcher.stream(name, input, (item) => sendItem(id, item), controller.signal)
    streams.delete(id)
    if (controller.signal.aborted) return
    send(ended === undefined ? { type: 'end', id } : { type: 'end', id, problem: ended })
  }

  socket.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? undefined : parseClientFrame(data.toString('utf8'))
    if (frame === undefined)
      send({ type: 'refused', problem: problem('host.malformed', { call: '', field: '(frame)' }) })
    else if (frame.type === 'cancel') streams.get(frame.id)?.abort()
    else if (frame.type === 'subscribe') void subscribe(frame.id, frame.name, frame.input)
    else
      void dispatcher
        .call(frame.name, frame.input)
        .then((reply) => send({ type: 'reply', id: frame.id, reply }))
  })
  socket.on('close', () => {
    for (const controller of streams.values()) controller.abort()
  })
  // A frame above the limit or a broken one: `ws` closes the connection itself, only the event needs an owner.
  socket.on('error', () => {})
}

function parseClientFrame(text: string): ClientFrame | undefined {
  try {
    return clientFrameSchema.parse(JSON.parse(text)) as ClientFrame
  } catch {
    return undefined
  }
}
