/** The host API over Electron's IPC. Frames other than the window's own get no answer. */
import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron'
import { ipcChannels } from '../../../shared/host-api/carrier-names.ts'
import type { Reply } from '../../../shared/host-api/definition.ts'
import type { ServerFrame } from '../../../shared/host-api/wire.ts'
import { type Json, problem } from '../../../shared/problems/problem.ts'
import type { Logger } from '../../contracts/logger.ts'
import type { Dispatcher } from '../../host/dispatch.ts'

export type IsTrusted = (event: IpcMainEvent | IpcMainInvokeEvent) => boolean

export function serveIpc(ipc: IpcMain, dispatcher: Dispatcher, isTrusted: IsTrusted, log: Logger): void {
  const pages = new WeakMap<WebContents, PageStreams>()
  const streamsOf = (contents: WebContents): PageStreams => {
    const known = pages.get(contents)
    if (known !== undefined) return known
    const streams = new PageStreams(contents)
    pages.set(contents, streams)
    return streams
  }
  const refuse = (event: IpcMainEvent | IpcMainInvokeEvent) =>
    log.warn('ipc.refused', { url: event.senderFrame?.url })

  ipc.handle(ipcChannels.call, async (event, name: unknown, input: unknown): Promise<Reply<Json>> => {
    if (isTrusted(event)) return dispatcher.call(nameOf(name), input)
    refuse(event)
    return { ok: false, problem: problem('host.forbidden') }
  })
  ipc.on(ipcChannels.subscribe, (event, id: unknown, name: unknown, input: unknown) => {
    if (!isTrusted(event)) refuse(event)
    else if (typeof id === 'number') void streamsOf(event.sender).start(dispatcher, id, nameOf(name), input)
  })
  ipc.on(ipcChannels.cancel, (event, id: unknown) => {
    if (!isTrusted(event)) refuse(event)
    else if (typeof id === 'number') streamsOf(event.sender).cancel(id)
  })
}

/** What is no text names nothing; turning it into text could run code of its own. */
function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Streams of one window. A reload forgets them without a word, so it ends them here too. */
class PageStreams {
  readonly #contents: WebContents
  readonly #open = new Map<number, AbortController>()

  constructor(contents: WebContents) {
    this.#contents = contents
    const cancelAll = () => {
      for (const controller of this.#open.values()) controller.abort()
      this.#open.clear()
    }
    contents.on('did-navigate', cancelAll)
    contents.on('render-process-gone', cancelAll)
    contents.on('destroyed', cancelAll)
  }

  async start(dispatcher: Dispatcher, id: number, name: string, input: unknown): Promise<void> {
    if (this.#open.has(id)) return
    const controller = new AbortController()
    this.#open.set(id, controller)
    const send = (frame: ServerFrame) => {
      if (!this.#contents.isDestroyed()) this.#contents.send(ipcChannels.stream, frame)
    }
    const ended = await dispatcher.stream(
      name,
      input,
      (item) => send({ type: 'item', id, item }),
      controller.signal,
    )
    if (controller.signal.aborted) return
    this.#open.delete(id)
    send(ended === undefined ? { type: 'end', id } : { type: 'end', id, problem: ended })
  }

  cancel(id: number): void {
    this.#open.get(id)?.abort()
    this.#open.delete(id)
  }
}
