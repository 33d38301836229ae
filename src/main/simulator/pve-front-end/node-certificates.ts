/** Which certificate a node has, and which one a connection meets. */

export interface NodeCertificate {
  /** SHA-256 as upper-case pairs with colons. */
  readonly fingerprint: string
  readonly pem: string
}

/** Worker processes of the proxy, each of which has the certificate it was started with (proxmox.md 1.6). */
const workers = 3

interface Renewal {
  readonly before: number
  readonly fromMs: number
  readonly untilMs: number
}

export class NodeCertificates {
  readonly #made: ReadonlyMap<string, readonly NodeCertificate[]>
  readonly #nowMs: () => number
  readonly #current = new Map<string, number>()
  readonly #renewals = new Map<string, Renewal>()
  readonly #connections = new Map<string, number>()

  /** Of the one who signed all of them. */
  readonly authorityPem: string | undefined

  constructor(
    made: ReadonlyMap<string, readonly NodeCertificate[]>,
    nowMs: () => number,
    authorityPem?: string,
  ) {
    this.authorityPem = authorityPem
    this.#made = made
    this.#nowMs = nowMs
  }

  /** As it lies in the cluster file system, whoever still shows another one. */
  of(node: string): NodeCertificate | undefined {
    return this.#made.get(node)?.[this.#current.get(node) ?? 0]
  }

  /** Another one from now on; workers that show it replace the others one after the other, in so many milliseconds. */
  renew(node: string, firstWorkerMs: number, lastWorkerMs: number): void {
    const count = this.#made.get(node)?.length ?? 1
    const before = this.#current.get(node) ?? 0
    const nowMs = this.#nowMs()
    this.#renewals.set(node, { before, fromMs: nowMs + firstWorkerMs, untilMs: nowMs + lastWorkerMs })
    this.#current.set(node, (before + 1) % count)
  }

  /** The place, among those made for the node, of the one that the next connection meets. */
  nextShown(node: string): number {
    const current = this.#current.get(node) ?? 0
    const renewal = this.#renewals.get(node)
    if (renewal === undefined) return current
    const connection = (this.#connections.get(node) ?? 0) + 1
    this.#connections.set(node, connection)
    const { before, fromMs, untilMs } = renewal
    const replacedMs = fromMs + ((untilMs - fromMs) * (connection % workers)) / (workers - 1)
    return this.#nowMs() >= replacedMs ? current : before
  }
}
