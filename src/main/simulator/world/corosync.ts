import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { ClusterMembership } from './cluster-membership.ts'
import { CorosyncLog } from './corosync-log.ts'
import { KnetLinks } from './knet-links.ts'
import type { Path } from './network.ts'
import type { WorldParameters } from './parameters.ts'
import { endTimers, type Ring, RingChanges } from './ring-changes.ts'
import { TokenRounds } from './token-rounds.ts'
import type { WorldWitness } from './world-witness.ts'

interface Surroundings {
  /** All nodes of the lab. */
  readonly nodes: readonly string[]
  readonly membership: ClusterMembership
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly linkCount: number
  /** What packets of a link meet between two nodes; undefined when there is no way at all. */
  pathOf(link: number, from: string, to: string): Path | undefined
  /** The node's processors do not stand still. */
  isAwake(node: string): boolean
  log(node: string, message: string): void
  /** A node's ring changed. Called for each node of the new ring after all of them have it. */
  membershipChanged(node: string): void
  /** The ring is the same, but now it has or lacks the votes it needs. */
  quorumChanged(node: string): void
  /** A lost member was heard again in time: what waited for a new ring goes on with the old one. */
  ringHealed(node: string): void
  readonly witness?: Pick<WorldWitness, 'votesExpected'> | undefined
}

/**
 * Membership and quorum. The token goes round in the order of node ids: where it is not passed on, or takes longer
 * than its time-out, the ring is torn. A lost node leaves after token plus consensus time-out, an orderly one at
 * once, a new one joins after its ring has found the others. All members of a new ring hear each other. One vote per
 * configured node.
 */
export class Corosync {
  readonly #with: Surroundings
  readonly #rings = new Map<string, Ring>()
  /** Kept on disk by each node, so that ring ids only grow. */
  #version = 0
  readonly #lastSequences = new Map<string, number>()
  readonly #orderlyLeavers = new Set<string>()
  /** Votes that somebody told a running daemon to expect instead of the configured ones. */
  readonly #expectedVotes = new Map<string, number>()
  readonly tokenMs: number
  readonly consensusMs: number
  readonly links: KnetLinks
  readonly #rounds: TokenRounds
  readonly #changes: RingChanges
  readonly #log: CorosyncLog

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { nodes, parameters, random } = surroundings
    this.tokenMs =
      parameters.totemTokenBase + Math.max(0, nodes.length - 2) * parameters.totemTokenCoefficient
    this.consensusMs = Math.round(this.tokenMs * parameters.totemConsensusFactor)
    this.links = new KnetLinks({
      ...surroundings,
      tokenMs: this.tokenMs,
      random: random.fork('knet'),
      isRunning: (node) => this.#rings.has(node),
      changed: () => this.#reconsiderRings(),
    })
    this.#rounds = new TokenRounds(this.links, this.tokenMs)
    this.#log = new CorosyncLog(surroundings.membership, surroundings.log)
    this.#changes = new RingChanges({
      ...surroundings,
      tokenMs: this.tokenMs,
      consensusMs: this.consensusMs,
      log: this.#log,
      remaining: (ring) => this.#remaining(ring),
      awakeOf: (ring) => this.#awakeOf(ring),
      mergedWith: (ring, mayJoin) => this.#mergedWith(ring, mayJoin),
      form: (members) => this.#form(members),
      formEach: (nodes) => this.#formEach(nodes),
      reconsider: () => this.reconsider(),
    })
  }

  /** The daemon of a node starts: at first in a ring of its own. */
  start(node: string): void {
    this.#orderlyLeavers.delete(node)
    this.#expectedVotes.delete(node)
    this.#form([node])
  }

  /** Orderly end: the others know at once. */
  leave(node: string): void {
    const ring = this.#rings.get(node)
    this.#forget(node)
    if (ring === undefined) return
    this.#orderlyLeavers.add(node)
    ring.isLeft = true
    const stay = ring.members.filter((member) => member !== node && this.#rings.get(member) === ring)
    const { scheduler, parameters } = this.#with
    for (const member of stay) this.#log.orderlyLeave(member, node)
    scheduler.at(scheduler.nowMs() + parameters.totemLeave, () =>
      this.#formEach(stay.filter((member) => this.#rings.get(member) === ring)),
    )
  }

  /** The daemon is gone without a word: power, reset. The others find out by their token. */
  stop(node: string): void {
    this.#forget(node)
    this.reconsider()
  }

  /** To be called whenever somebody may have become able or unable to reach another. */
  reconsider(): void {
    this.links.reconsider()
    this.#reconsiderRings()
  }

  #reconsiderRings(): void {
    for (const ring of new Set(this.#rings.values())) {
      const members = this.#remaining(ring)
      // Nobody of a ring whose members all stand still would notice anything.
      if (this.#awakeOf(ring).length === 0) {
        endTimers(ring)
        continue
      }
      const isTorn = members.length < ring.members.length || !this.#rounds.goesRound(members)
      this.#changes.watchLoss(ring, isTorn)
      this.#changes.watchMerge(ring, !isTorn && this.#mergedWith(ring, () => true).length > members.length)
    }
  }

  /**
   * Processors of these nodes went on at the same moment after standing still for so long. Their tokens were lost
   * meanwhile: who was given up by the others is alone at first.
   */
  wokeUp(nodes: readonly string[], stoodStillMs: number): void {
    const running = nodes.filter((node) => this.#rings.has(node))
    const thresholdMs = this.tokenMs * this.#with.parameters.corosyncScheduleWarning
    if (stoodStillMs > thresholdMs)
      for (const node of running) this.#log.notScheduled(node, stoodStillMs, thresholdMs)
    if (stoodStillMs > this.tokenMs)
      for (const ring of new Set(running.map((node) => this.#rings.get(node))))
        if (ring !== undefined) this.#formAgain(ring, nodes)
    this.reconsider()
  }

  #formAgain(ring: Ring, wokenUp: readonly string[]): void {
    const members = this.#remaining(ring)
    // The others still wait for them, and go on.
    if (!members.every((member) => wokenUp.includes(member))) return
    this.#changes.missToken(ring)
    const isWhole = members.length === ring.members.length && this.#rounds.goesRound(members)
    if (isWhole) this.#changes.agree(ring)
    else this.#formEach(members)
  }

  /**
   * Their configuration has changed: votes count anew, and who no longer knows the others goes on alone. Whom it
   * brings together is found as always.
   */
  configurationChanged(nodes: readonly string[]): void {
    const running = nodes.filter((node) => this.#rings.has(node))
    if (running.length === 0) return
    for (const ring of new Set(running.map((node) => this.#rings.get(node)))) {
      const members = ring === undefined ? [] : this.#remaining(ring)
      const [first = ''] = members
      const together = members.filter((member) => this.#with.membership.areTogether(first, member))
      if (together.length === members.length) continue
      this.#form(together)
      for (const member of members) if (!together.includes(member)) this.#form([member])
    }
    for (const node of running) this.#expectedVotes.delete(node)
    for (const node of running) this.#with.membershipChanged(node)
    this.reconsider()
  }

  isRunning(node: string): boolean {
    return this.#rings.has(node)
  }

  /** Grows whenever a node's ring is another one, or none any more. */
  get version(): number {
    return this.#version
  }

  membersSeenBy(node: string): readonly string[] {
    return this.#rings.get(node)?.members ?? []
  }

  /** `1.9`: the least node id of the ring and its number, both as corosync's tools print them. */
  ringIdOf(node: string): string {
    const ring = this.#rings.get(node)
    return ring === undefined ? '' : `${this.#id(ring.members[0] as string)}.${ring.sequence.toString(16)}`
  }

  isQuorate(node: string): boolean {
    return this.membersSeenBy(node).length >= this.votesNeeded(node)
  }

  /** One for each configured node, unless told otherwise. */
  expectedVotes(node: string): number {
    return this.#expectedVotes.get(node) ?? this.#with.membership.members(node).length
  }

  /** More than half of the expected votes. */
  votesNeeded(node: string): number {
    return Math.floor(this.expectedVotes(node) / 2) + 1
  }

  /**
   * `pvecm expected`: tells the node's whole ring how many votes to expect until its daemons are started anew or
   * meet one that expects more. On an isolated node this makes a split brain. A member that stands still does not hear
   * it. False when the ring would need more votes than it has, or does not run.
   */
  setExpectedVotes(node: string, votes: number): boolean {
    const members = this.membersSeenBy(node).filter((member) => this.#with.isAwake(member))
    if (votes < 1 || Math.floor(votes / 2) + 1 > members.length) return false
    const wasQuorate = this.isQuorate(node)
    for (const member of members) this.#expectedVotes.set(member, votes)
    this.#with.witness?.votesExpected(members, votes)
    const isQuorate = this.isQuorate(node)
    if (wasQuorate === isQuorate) return true
    for (const member of members) {
      this.#log.quorum(member, isQuorate)
      this.#log.members(member, this.membersSeenBy(node))
    }
    for (const member of members) this.#with.quorumChanged(member)
    return true
  }

  /** A member is lost, or this one stands still, and nothing can be delivered until a new ring is formed. */
  isForming(node: string): boolean {
    const ring = this.#rings.get(node)
    return ring?.loss !== undefined || ring?.isLeft === true || !this.#with.isAwake(node)
  }

  #remaining(ring: Ring): string[] {
    return ring.members.filter((member) => this.#rings.get(member) === ring)
  }

  #awakeOf(ring: Ring): string[] {
    return this.#remaining(ring).filter((member) => this.#with.isAwake(member))
  }

  /** The ring together with all other rings that may and can join it as a whole, in the order of node ids. */
  #mergedWith(ring: Ring, mayJoin: (other: Ring) => boolean): string[] {
    let merged = this.#remaining(ring)
    for (const other of new Set(this.#rings.values())) {
      if (other === ring || !mayJoin(other)) continue
      const both = this.#inOrder([...merged, ...this.#remaining(other)])
      if (this.#rounds.canForm(both)) merged = both
    }
    return merged
  }

  #inOrder(members: readonly string[]): string[] {
    return members.toSorted((one, other) => this.#id(one) - this.#id(other))
  }

  /** Of nodes that cannot all be in one ring, each group that can is in one. */
  #formEach(nodes: readonly string[]): void {
    for (const component of this.#rounds.componentsOf(nodes)) this.#form(component)
  }

  #form(members: readonly string[]): void {
    const before = new Map(members.map((member) => [member, this.#rings.get(member)]))
    const sequence = Math.max(...members.map((member) => this.#lastSequences.get(member) ?? 0)) + 4
    const wasQuorate = new Map(members.map((member) => [member, this.isQuorate(member)]))
    this.#install(members, sequence)
    this.links.met(members)
    for (const member of members) {
      const old = before.get(member)?.members ?? []
      this.#log.membership(member, { id: this.ringIdOf(member), members }, old, this.#orderlyLeavers)
      const isQuorate = this.isQuorate(member)
      if (isQuorate !== (wasQuorate.get(member) ?? false)) this.#log.quorum(member, isQuorate)
      this.#log.members(member, members)
    }
    for (const member of members) this.#with.membershipChanged(member)
    this.reconsider()
  }

  #install(members: readonly string[], sequence: number): void {
    const ring: Ring = { members, sequence, loss: undefined, cancelMerge: undefined, isLeft: false }
    const expected = Math.max(...members.map((member) => this.expectedVotes(member)), members.length)
    for (const member of members) {
      this.#expectedVotes.set(member, expected)
      const old = this.#rings.get(member)
      this.#rings.set(member, ring)
      this.#version += 1
      this.#lastSequences.set(member, sequence)
      if (old !== undefined && this.#remaining(old).length === 0) endTimers(old)
    }
  }

  #forget(node: string): void {
    const ring = this.#rings.get(node)
    this.#rings.delete(node)
    this.#version += 1
    if (ring !== undefined && this.#remaining(ring).length === 0) endTimers(ring)
  }

  #id(node: string): number {
    return this.#with.membership.nodeIdOf(node)
  }
}
