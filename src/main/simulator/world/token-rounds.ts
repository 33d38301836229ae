import type { KnetLinks } from './knet-links.ts'

/** Among whom a token can go round, over the links as they are now, and come back within its time-out. */
export class TokenRounds {
  readonly #links: Pick<KnetLinks, 'passes' | 'latencyMs'>
  readonly #tokenMs: number

  constructor(links: Pick<KnetLinks, 'passes' | 'latencyMs'>, tokenMs: number) {
    this.#links = links
    this.#tokenMs = tokenMs
  }

  /** Every member passes the token on, and it comes back in time. */
  goesRound(members: readonly string[]): boolean {
    return (
      members.every((member, index) => this.#links.passes(member, nextOf(members, index))) &&
      this.#roundMs(members) < this.#tokenMs
    )
  }

  /** For a new ring all have to hear each other. */
  canForm(members: readonly string[]): boolean {
    return (
      members.every((one, index) =>
        members.every((other, at) => at <= index || this.#links.passes(one, other)),
      ) && this.#roundMs(members) < this.#tokenMs
    )
  }

  /** Splits nodes into groups that can each form a ring. */
  componentsOf(nodes: readonly string[]): string[][] {
    const components: string[][] = []
    for (const node of nodes) {
      const known = components.find((component) => this.canForm([...component, node]))
      if (known === undefined) components.push([node])
      else known.push(node)
    }
    return components
  }

  #roundMs(members: readonly string[]): number {
    if (members.length < 2) return 0
    return members.reduce(
      (sum, member, index) => sum + this.#links.latencyMs(member, nextOf(members, index)),
      0,
    )
  }
}

function nextOf(members: readonly string[], index: number): string {
  return members[(index + 1) % members.length] as string
}
