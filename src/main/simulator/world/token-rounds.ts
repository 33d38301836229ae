import type { KnetLinks } from './knet-links.ts'

/** Among whom a token can go round, over the links as they are now, and come back within its time-out. */
export class TokenRounds {
  readonly #links: Pick<KnetLinks, 'passes' | 'willPass' | 'latencyMs'>
  readonly #tokenMs: number

  constructor(links: Pick<KnetLinks, 'passes' | 'willPass' | 'latencyMs'>, tokenMs: number) {
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

  /** For a new ring all have to hear each other; waiting for their links is part of finding each other. */
  canForm(members: readonly string[]): boolean {
    return this.#canForm(members, (one, other) => this.#links.willPass(one, other))
  }

  /** Splits nodes into groups that can each form a ring, over links that are up. */
  componentsOf(nodes: readonly string[]): string[][] {
    const components: string[][] = []
    for (const node of nodes) {
      const known = components.find((component) =>
        this.#canForm([...component, node], (one, other) => this.#links.passes(one, other)),
      )
      if (known === undefined) components.push([node])
      else known.push(node)
    }
    return components
  }

  #canForm(members: readonly string[], hear: (one: string, other: string) => boolean): boolean {
    return (
      members.every((one, index) => members.every((other, at) => at <= index || hear(one, other))) &&
      this.#roundMs(members) < this.#tokenMs
    )
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
