/** The two networks of a nested lab. Each node has one link to each; the laptop has one to the first. */
export type NetworkName = 'management' | 'cluster'

/** Name of the laptop, from which guests are probed, among the ends of links. */
export const laptopEnd = 'laptop'

/**
 * Who can talk to whom. A link is up or down, a network whole or split into sides; loss and delay of a link
 * have their place here when faults need them.
 */
export class LabNetwork {
  readonly #downLinks = new Set<string>()
  readonly #sides: Record<NetworkName, ReadonlyMap<string, number>> = {
    management: new Map(),
    cluster: new Map(),
  }
  readonly #answers: (end: string) => boolean
  readonly #changed: () => void

  /** `answers`: that end has power and a working network stack. `changed` is called after every change. */
  constructor(answers: (end: string) => boolean, changed: () => void) {
    this.#answers = answers
    this.#changed = changed
  }

  setLink(end: string, network: NetworkName, up: boolean): void {
    const key = linkKey(end, network)
    if (up ? !this.#downLinks.delete(key) : this.#downLinks.has(key)) return
    if (!up) this.#downLinks.add(key)
    this.#changed()
  }

  /** Splits a network; ends that no side names stay together on a side of their own. */
  partition(network: NetworkName, sides: readonly (readonly string[])[]): void {
    const sideByEnd = new Map<string, number>()
    sides.forEach((ends, index) => {
      for (const end of ends) sideByEnd.set(end, index + 1)
    })
    this.#sides[network] = sideByEnd
    this.#changed()
  }

  /** Ends every partition of a network. */
  join(network: NetworkName): void {
    this.partition(network, [])
  }

  isLinkUp(end: string, network: NetworkName): boolean {
    return !this.#downLinks.has(linkKey(end, network))
  }

  /** Whether both ends answer each other over this network now. An end that answers reaches itself. */
  reaches(from: string, to: string, network: NetworkName): boolean {
    if (!this.#answers(from) || !this.#answers(to)) return false
    if (from === to) return true
    const sides = this.#sides[network]
    return (
      this.isLinkUp(from, network) &&
      this.isLinkUp(to, network) &&
      (sides.get(from) ?? 0) === (sides.get(to) ?? 0)
    )
  }
}

function linkKey(end: string, network: NetworkName): string {
  return `${end}/${network}`
}
