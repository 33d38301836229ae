/** Every cluster has users, tokens and a key of its own, and so has every node that stands alone. */
import type { ClusterMembership } from '../world/cluster-membership.ts'
import { Accounts, type AccountsOptions } from './accounts.ts'

interface Options extends Omit<AccountsOptions, 'keyCreatedSeconds'> {
  readonly membership: ClusterMembership
  readonly nodes: readonly string[]
  /** Seconds before the lab's start at which the keys were made. */
  readonly keyAgeSeconds: number
}

export class ClusterAccounts {
  readonly #accounts = new Map<string, Accounts>()
  readonly #locked: Accounts

  constructor({ membership, nodes, keyAgeSeconds, ...options }: Options) {
    const keyCreatedSeconds = options.nowSeconds() - keyAgeSeconds
    for (const node of nodes) {
      const first = membership.members(node)[0] ?? node
      const secret = first === nodes[0] ? options.secret : `${options.secret} of ${first}`
      const known = this.#accounts.get(first)
      this.#accounts.set(node, known ?? new Accounts({ ...options, secret, keyCreatedSeconds }))
    }
    this.#locked = new Accounts({ ...options, secret: `${options.secret} of nobody`, keyCreatedSeconds })
    this.#locked.users.clear()
  }

  of(node: string): Accounts {
    return this.#accounts.get(node) ?? this.#locked
  }

  /** The node has left its own behind and not yet got those of a cluster: nobody is let in. */
  lock(node: string): void {
    this.#accounts.set(node, this.#locked)
  }

  adopt(node: string, member: string): void {
    this.#accounts.set(node, this.of(member))
  }
}
