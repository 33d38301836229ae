/** Which nodes form a cluster with which: the part of corosync.conf that matters here, as each node has it. */

export interface ClusterMember {
  readonly node: string
  readonly nodeId: number
  /** Of the first link; on a wrong one the node hears nobody. */
  readonly address: string
  readonly isAddressLocal: boolean
}

/** Replaced as a whole at every change, never changed. */
export interface ClusterConfiguration {
  readonly name: string
  /** Grows with every change. */
  readonly version: number
  /** In the order of their node ids. */
  readonly members: readonly ClusterMember[]
}

/** The address of a lab's node, by its place among them, on the network of management and cluster. */
export function addressAt(position: number): string {
  return `10.9.0.${position + 11}`
}

/** A cluster of all nodes of a lab, under its name as far as a cluster may be called so. */
export function clusterOfAll(lab: string, nodes: readonly string[]): ClusterConfiguration {
  const name = lab.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return {
    name: name.slice(0, 15).replace(/-$/, ''),
    version: nodes.length,
    members: nodes.map((node, position) => ({
      node,
      nodeId: position + 1,
      address: addressAt(position),
      isAddressLocal: true,
    })),
  }
}

/** What a node has in its file, ready to be asked. */
interface View {
  readonly configuration: ClusterConfiguration
  readonly names: readonly string[]
  readonly byName: ReadonlyMap<string, ClusterMember>
}

export class ClusterMembership {
  readonly #views = new Map<string, View>()
  readonly #changed: (nodes: readonly string[]) => void

  /** `changed`: hears of all nodes whose configuration is another one. */
  constructor(changed: (nodes: readonly string[]) => void) {
    this.#changed = changed
  }

  /** Undefined: the node stands alone. */
  configurationOf(node: string): ClusterConfiguration | undefined {
    return this.#views.get(node)?.configuration
  }

  /** Names in the order of their ids; of a node that stands alone its own. */
  members(node: string): readonly string[] {
    return this.#views.get(node)?.names ?? [node]
  }

  /** 0 for a node that stands alone. */
  nodeIdOf(node: string): number {
    return this.#views.get(node)?.byName.get(node)?.nodeId ?? 0
  }

  /** Both list each other, and each hears at the address under which it is listed. */
  areTogether(one: string, other: string): boolean {
    if (one === other) return true
    const [first, second] = [this.#views.get(one), this.#views.get(other)]
    return (
      first !== undefined &&
      first.configuration.name === second?.configuration.name &&
      first.byName.has(other) &&
      second.byName.has(one) &&
      first.byName.get(one)?.isAddressLocal === true &&
      second.byName.get(other)?.isAddressLocal === true
    )
  }

  /**
   * Puts a configuration on its members, or on some of them; one that is no longer in it keeps what it had.
   */
  install(configuration: ClusterConfiguration, among?: (node: string) => boolean): void {
    const members = configuration.members.toSorted((a, b) => a.nodeId - b.nodeId)
    const names = members.map(({ node }) => node)
    const receivers = among === undefined ? names : names.filter(among)
    const before = receivers.flatMap((node) => this.members(node))
    const byName = new Map(members.map((member) => [member.node, member]))
    const view = { configuration: { ...configuration, members }, names, byName }
    for (const node of receivers) this.#views.set(node, view)
    this.#changed([...new Set([...before, ...receivers])])
  }
}
