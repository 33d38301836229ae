/** What waits on each node for its file system to become quorate, as long as the node's boot lasts. */
export class QuorumWaits {
  readonly #isQuorate: (node: string) => boolean
  readonly #actions = new Map<string, Set<() => void>>()

  constructor(isQuorate: (node: string) => boolean) {
    this.#isQuorate = isQuorate
  }

  /** At once where there is quorum already. */
  whenQuorate(node: string, action: () => void): void {
    if (this.#isQuorate(node)) {
      action()
      return
    }
    const actions = this.#actions.get(node) ?? new Set()
    this.#actions.set(node, actions)
    actions.add(action)
  }

  quorumChanged(node: string): void {
    if (!this.#isQuorate(node)) return
    const actions = this.#actions.get(node)
    this.#actions.delete(node)
    for (const action of actions ?? []) action()
  }

  halted(node: string): void {
    this.#actions.delete(node)
  }
}
