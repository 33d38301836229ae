import type { ClusterMembership } from './cluster-membership.ts'

/** What corosync of a node writes to its log. */
export class CorosyncLog {
  readonly #membership: ClusterMembership
  readonly #log: (node: string, message: string) => void

  constructor(membership: ClusterMembership, log: (node: string, message: string) => void) {
    this.#membership = membership
    this.#log = log
  }

  /** Its ring is another one than `old`. Who left it without being among the orderly ones has failed. */
  membership(
    node: string,
    ring: { readonly id: string; readonly members: readonly string[] },
    old: readonly string[],
    orderlyLeavers: ReadonlySet<string>,
  ): void {
    const { members } = ring
    const left = old.filter((member) => !members.includes(member))
    const joined = members.filter((member) => !old.includes(member))
    const log = (message: string) => this.#log(node, message)
    log(`[QUORUM] Sync members[${members.length}]: ${this.#ids(members)}`)
    const changes: string[] = []
    if (joined.length > 0) {
      log(`[QUORUM] Sync joined[${joined.length}]: ${this.#ids(joined)}`)
      changes.push(` Members joined: ${this.#ids(joined)}`)
    }
    if (left.length > 0) {
      log(`[QUORUM] Sync left[${left.length}]: ${this.#ids(left)}`)
      changes.push(` Members left: ${this.#ids(left)}`)
    }
    log(`[TOTEM ] A new membership (${ring.id}) was formed.${changes.join('')}`)
    const failed = left.filter((member) => !orderlyLeavers.has(member))
    if (failed.length > 0) log(`[TOTEM ] Failed to receive the leave message. failed: ${this.#ids(failed)}`)
  }

  quorum(node: string, isQuorate: boolean): void {
    const what = isQuorate
      ? 'primary component and will provide service.'
      : 'non-primary component and will NOT provide any services.'
    this.#log(node, `[QUORUM] This node is within the ${what}`)
  }

  members(node: string, members: readonly string[]): void {
    this.#log(node, `[QUORUM] Members[${members.length}]: ${this.#ids(members)}`)
  }

  orderlyLeave(node: string, leaver: string): void {
    this.#log(node, `[CFG   ] Node ${this.#membership.nodeIdOf(leaver)} was shut down by sysadmin`)
  }

  notScheduled(node: string, stoodStillMs: number, thresholdMs: number): void {
    this.#log(
      node,
      `[MAIN  ] Corosync main process was not scheduled for ${stoodStillMs.toFixed(4)} ms (threshold is ${thresholdMs.toFixed(4)} ms). Consider token timeout increase.`,
    )
  }

  tokenLate(node: string, lateMs: number): void {
    this.#log(node, `[TOTEM ] Token has not been received in ${lateMs} ms`)
  }

  tokenLost(node: string, tokenMs: number, consensusMs: number): void {
    this.#log(
      node,
      `[TOTEM ] A processor failed, forming new configuration: token timed out (${tokenMs}ms), waiting ${consensusMs}ms for consensus.`,
    )
  }

  #ids(nodes: readonly string[]): string {
    return nodes.map((node) => this.#membership.nodeIdOf(node)).join(' ')
  }
}
