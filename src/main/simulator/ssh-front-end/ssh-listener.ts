/** Port 22 of one node on the loopback address: root logs in, runs a command or a shell. */
import type { Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type Server, type Session } from 'ssh2'
import type { PveFrontEnd, Reachability } from '../pve-front-end/front-end.ts'
import { NodePort } from '../pve-front-end/node-port.ts'
import { laptopEnd } from '../world/network.ts'
import { isAuthorized } from './authorized-keys.ts'
import type { NodeFiles } from './files.ts'
import { serveSession } from './session.ts'

interface Options {
  readonly frontEnd: PveFrontEnd
  readonly files: NodeFiles
  readonly node: string
  readonly hostKey: HostKey
  /** 0 for a free one, which then stays the node's. */
  readonly port: number
  /** Hears what goes wrong inside, beside the end of the connection. */
  failed(error: unknown): void
}

export interface HostKey {
  readonly privateKey: string
  /** As it stands in a file of known hosts. */
  readonly publicKey: string
  /** `SHA256:…`, as clients show it. */
  readonly fingerprint: string
}

/** sshd of Debian 12, as it names itself to clients. */
const ident = 'OpenSSH_9.2p1 Debian-2+deb12u7'
/** PAM holds back the answer to a wrong password about that long: an assumption. */
const refusalDelayMs = 2000

export class SshListener {
  readonly #options: Options
  readonly #server: Server
  readonly #port: NodePort
  readonly #sockets = new Set<Socket>()

  constructor(options: Options) {
    this.#options = options
    this.#server = new ssh2.Server({ hostKeys: [options.hostKey.privateKey], ident }, (connection) =>
      this.#serve(connection),
    )
    this.#port = new NodePort({
      port: options.port,
      reachability: () => this.#reachability(),
      accept: (socket) => {
        this.#sockets.add(socket)
        socket.on('close', () => this.#sockets.delete(socket))
        this.#server.injectSocket(socket)
      },
    })
  }

  get port(): number {
    return this.#port.port
  }

  reserve(): Promise<void> {
    return this.#port.reserve()
  }

  /** To be called whenever the node may have come or gone. */
  async refresh(): Promise<void> {
    const before = this.#port.shown
    const settled = this.#port.refresh()
    const now = this.#port.shown
    // What is sent while packets are lost arrives once they no longer are.
    if (before !== now) for (const socket of this.#sockets) (now === 'silent' ? stall : resume)(socket)
    await settled
  }

  close(): Promise<void> {
    return this.#port.close()
  }

  /** sshd runs as soon as there is a network, whatever becomes of the management interface. */
  #reachability(): Reachability {
    const { frontEnd, node } = this.#options
    const { world } = frontEnd.lab
    if (!world.node(node).networkUp) return 'refusing'
    return world.network.reaches(laptopEnd, node, 'management') ? 'answering' : 'silent'
  }

  #serve(connection: Connection): void {
    const { frontEnd, files, node, failed } = this.#options
    connection.on('error', () => connection.end())
    connection.on('authentication', (context) => {
      this.#authenticate(context).catch(failed)
    })
    connection.on('session', (accept) => {
      const session: Session = accept()
      serveSession(session, { frontEnd, lab: frontEnd.lab, files, node }, failed)
    })
  }

  async #authenticate(context: AuthContext): Promise<void> {
    const { lab } = this.#options.frontEnd
    const refuse = () => context.reject(['publickey', 'password'])
    if (context.username !== 'root') {
      if (context.method === 'password') await lab.clock.sleep(refusalDelayMs)
      return refuse()
    }
    if (context.method === 'password') {
      if (lab.accountsOf(this.#options.node).isPassword('root@pam', context.password)) return context.accept()
      await lab.clock.sleep(refusalDelayMs)
      return refuse()
    }
    if (context.method !== 'publickey' || !isAuthorized(lab, this.#options.node, context.key.data))
      return refuse()
    // Without a signature the client only asks whether that key would do.
    if (context.signature === undefined || context.blob === undefined) return context.accept()
    const key = ssh2.utils.parseKey(context.key.data) as ParsedKey | Error
    const isSigned =
      !(key instanceof Error) && key.verify(context.blob, context.signature, context.hashAlgo) === true
    if (isSigned) context.accept()
    else refuse()
  }
}

function stall(socket: Socket): void {
  socket.cork()
  socket.pause()
}

function resume(socket: Socket): void {
  socket.uncork()
  socket.resume()
}
