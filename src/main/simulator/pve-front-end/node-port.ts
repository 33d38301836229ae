/** A port of one node on the loopback address: open while the node can be reached there, and only then. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Reachability } from './front-end.ts'

const loopback = '127.0.0.1'

interface Options {
  /** 0 for a free one, which then stays the node's. */
  readonly port: number
  reachability(): Reachability
  accept(socket: Socket): void
}

export class NodePort {
  readonly #options: Options
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port: number
  #shown: Reachability = 'refusing'
  #settling: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  /** What clients meet now. */
  get shown(): Reachability {
    return this.#shown
  }

  /** Takes the port, whatever the state of the node, to learn that it is free. */
  async reserve(): Promise<void> {
    await this.#open()
    await this.#shut()
  }

  /** To be called whenever the node may have come or gone. Rejects when the port cannot be had; then once more. */
  async refresh(): Promise<void> {
    const next = this.#options.reachability()
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
      if (this.#shown === 'answering') this.#options.accept(socket)
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
}
