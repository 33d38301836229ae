import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { ClusterMembership } from './cluster-membership.ts'
import { KnetLinks } from './knet-links.ts'
import type { Path } from './network.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'

/** One ring of nodes that agree on who is in it. */
interface Ring {
  readonly members: readonly string[]
  readonly sequence: number
  /**
   * Set while the token does not come round: first it is waited for, then the members gather who is left. `cancel`
   * ends the step under way.
   */
  loss?: { phase: 'token' | 'gather' | 'agreed'; cancel: () => void }
  cancelMerge?: () => void
  /** A member has said goodbye: nothing is delivered any more before the ring without it. */
  isLeft?: true
}

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
  readonly #lastSequences = new Map<string, number>()
  readonly #orderlyLeavers = new Set<string>()
  /** Votes that somebody told a running daemon to expect instead of the configured ones. */
  readonly #expectedVotes = new Map<string, number>()
  readonly tokenMs: number
  readonly consensusMs: number
  readonly links: KnetLinks

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
    for (const member of stay)
      this.#with.log(member, `[CFG   ] Node ${this.#id(node)} was shut down by sysadmin`)
    scheduler.at(scheduler.nowMs() + parameters.totemLeave, () => {
      for (const component of this.#componentsOf(stay.filter((member) => this.#rings.get(member) === ring)))
        this.#form(component)
    })
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
      const isTorn = members.length < ring.members.length || !this.#tokenRuns(members)
      this.#watchLoss(ring, isTorn)
      this.#watchMerge(ring, !isTorn && this.#mergedWith(ring, () => true).length > members.length)
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
      for (const node of running)
        this.#with.log(
          node,
          `[MAIN  ] Corosync main process was not scheduled for ${stoodStillMs.toFixed(4)} ms (threshold is ${thresholdMs.toFixed(4)} ms). Consider token timeout increase.`,
        )
    if (stoodStillMs > this.tokenMs)
      for (const ring of new Set(running.map((node) => this.#rings.get(node))))
        if (ring !== undefined) this.#formAgain(ring, nodes)
    this.reconsider()
  }

  #formAgain(ring: Ring, wokenUp: readonly string[]): void {
    const members = this.#remaining(ring)
    // The others still wait for them, and go on.
    if (!members.every((member) => wokenUp.includes(member))) return
    this.#missToken(ring)
    const isWhole = members.length === ring.members.length && this.#tokenRuns(members)
    if (isWhole) this.#agree(ring)
    else for (const component of this.#componentsOf(members)) this.#form(component)
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
   * meet one that expects more. On an isolated node this makes a split brain. False when the ring would need more
   * votes than it has, or does not run.
   */
  setExpectedVotes(node: string, votes: number): boolean {
    const members = this.membersSeenBy(node)
    if (votes < 1 || Math.floor(votes / 2) + 1 > members.length) return false
    const wasQuorate = this.isQuorate(node)
    for (const member of members) this.#expectedVotes.set(member, votes)
    const isQuorate = this.isQuorate(node)
    if (wasQuorate === isQuorate) return true
    for (const member of members) {
      this.#logQuorum(member, isQuorate)
      this.#logMembers(member, members)
    }
    for (const member of members) this.#with.quorumChanged(member)
    return true
  }

  /** A member is lost, or this one stands still, and nothing can be delivered until a new ring is formed. */
  isForming(node: string): boolean {
    const ring = this.#rings.get(node)
    return ring?.loss !== undefined || ring?.isLeft === true || !this.#with.isAwake(node)
  }

  #watchLoss(ring: Ring, isTorn: boolean): void {
    const { loss } = ring
    if (isTorn) {
      if (loss === undefined) this.#awaitToken(ring)
      // Torn again before the new ring was installed: the members wait for consensus anew.
      else if (loss.phase === 'agreed') this.#gather(ring)
      return
    }
    if (loss?.phase === 'token') {
      loss.cancel()
      delete ring.loss
      for (const member of ring.members) this.#with.ringHealed(member)
    }
    if (loss?.phase === 'gather') this.#agree(ring)
  }

  #awaitToken(ring: Ring): void {
    const { scheduler, random, parameters } = this.#with
    const [youngest, oldest] = parameters.totemTokenAge
    const tokenLostAtMs = scheduler.nowMs() + this.tokenMs - Math.round(random.between(youngest, oldest))
    const warnAtMs = tokenLostAtMs - Math.round(this.tokenMs * (1 - parameters.totemTokenWarning))
    const warnedMs = Math.floor(this.tokenMs * parameters.totemTokenWarning)
    const cancelWarning = scheduler.at(warnAtMs, () => {
      for (const member of this.#awakeOf(ring))
        this.#with.log(member, `[TOTEM ] Token has not been received in ${warnedMs} ms`)
    })
    const cancelToken = scheduler.at(tokenLostAtMs, () => {
      this.#missToken(ring)
      this.#gather(ring)
    })
    const cancel = () => {
      cancelWarning()
      cancelToken()
    }
    ring.loss = { phase: 'token', cancel }
  }

  #missToken(ring: Ring): void {
    for (const member of this.#awakeOf(ring))
      this.#with.log(
        member,
        `[TOTEM ] A processor failed, forming new configuration: token timed out (${this.tokenMs}ms), waiting ${this.consensusMs}ms for consensus.`,
      )
  }

  /** Who is silent until the consensus time-out is left out. */
  #gather(ring: Ring): void {
    const { scheduler } = this.#with
    ring.loss?.cancel()
    const cancel = scheduler.at(scheduler.nowMs() + this.consensusMs, () => {
      delete ring.loss
      for (const component of this.#componentsOf(this.#awakeOf(ring))) this.#form(component)
    })
    ring.loss = { phase: 'gather', cancel }
  }

  /** All are heard again while they gather, so nobody needs to wait any longer. */
  #agree(ring: Ring): void {
    const { scheduler, random, parameters } = this.#with
    ring.loss?.cancel()
    const [least, most] = parameters.totemGather
    const agreedAtMs = scheduler.nowMs() + Math.round(random.between(least, most))
    const cancel = scheduler.at(agreedAtMs, () => {
      delete ring.loss
      this.#form(this.#remaining(ring))
    })
    ring.loss = { phase: 'agreed', cancel }
  }

  #watchMerge(ring: Ring, seesOthers: boolean): void {
    if (!seesOthers) {
      ring.cancelMerge?.()
      delete ring.cancelMerge
      return
    }
    if (ring.cancelMerge !== undefined) return
    const { scheduler } = this.#with
    ring.cancelMerge = scheduler.at(scheduler.nowMs() + this.#mergeMs(), () => {
      delete ring.cancelMerge
      // A ring that just lost a member joins the others when it knows who is left of it.
      const ready = this.#mergedWith(ring, ({ loss }) => loss === undefined)
      if (ready.length > ring.members.length) this.#form(ready)
      else this.reconsider()
    })
  }

  /** Measured with three nodes; two pings of a link are part of it, which come at a quarter of the token time-out. */
  #mergeMs(): number {
    const { random, parameters } = this.#with
    const recordedTokenMs = parameters.totemTokenBase + parameters.totemTokenCoefficient
    const longerMs = Math.max(0, this.tokenMs - recordedTokenMs) / parameters.knetPongCount
    return millisecondsIn(parameters.totemMerge, random) + Math.round(longerMs)
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
      if (this.#canForm(both)) merged = both
    }
    return merged
  }

  /** Splits nodes into groups that can each form a ring. */
  #componentsOf(nodes: readonly string[]): string[][] {
    const components: string[][] = []
    for (const node of nodes) {
      const known = components.find((component) => this.#canForm([...component, node]))
      if (known === undefined) components.push([node])
      else known.push(node)
    }
    return components
  }

  #canForm(members: readonly string[]): boolean {
    return (
      members.every((one, index) =>
        members.every((other, at) => at <= index || this.links.passes(one, other)),
      ) && this.#roundMs(members) < this.tokenMs
    )
  }

  /** Every member passes the token on, and it comes back in time. */
  #tokenRuns(members: readonly string[]): boolean {
    return (
      members.every((member, index) => this.links.passes(member, nextOf(members, index))) &&
      this.#roundMs(members) < this.tokenMs
    )
  }

  #roundMs(members: readonly string[]): number {
    if (members.length < 2) return 0
    return members.reduce(
      (sum, member, index) => sum + this.links.latencyMs(member, nextOf(members, index)),
      0,
    )
  }

  #inOrder(members: readonly string[]): string[] {
    return members.toSorted((one, other) => this.#id(one) - this.#id(other))
  }

  #form(members: readonly string[]): void {
    const before = new Map(members.map((member) => [member, this.#rings.get(member)]))
    const sequence = Math.max(...members.map((member) => this.#lastSequences.get(member) ?? 0)) + 4
    const wasQuorate = new Map(members.map((member) => [member, this.isQuorate(member)]))
    this.#install(members, sequence)
    for (const member of members)
      this.#logMembership(member, members, before.get(member)?.members ?? [], wasQuorate.get(member) ?? false)
    for (const member of members) this.#with.membershipChanged(member)
    this.reconsider()
  }

  #install(members: readonly string[], sequence: number): void {
    const ring: Ring = { members, sequence }
    const expected = Math.max(...members.map((member) => this.expectedVotes(member)), members.length)
    for (const member of members) {
      this.#expectedVotes.set(member, expected)
      const old = this.#rings.get(member)
      this.#rings.set(member, ring)
      this.#lastSequences.set(member, sequence)
      if (old !== undefined && this.#remaining(old).length === 0) endTimers(old)
    }
  }

  #forget(node: string): void {
    const ring = this.#rings.get(node)
    this.#rings.delete(node)
    if (ring !== undefined && this.#remaining(ring).length === 0) endTimers(ring)
  }

  #id(node: string): number {
    return this.#with.membership.nodeIdOf(node)
  }

  #ids(nodes: readonly string[]): string {
    return nodes.map((node) => this.#id(node)).join(' ')
  }

  #logMembership(
    node: string,
    members: readonly string[],
    old: readonly string[],
    wasQuorate: boolean,
  ): void {
    const left = old.filter((member) => !members.includes(member))
    const joined = members.filter((member) => !old.includes(member))
    const log = (message: string) => this.#with.log(node, message)
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
    log(`[TOTEM ] A new membership (${this.ringIdOf(node)}) was formed.${changes.join('')}`)
    const failed = left.filter((member) => !this.#orderlyLeavers.has(member))
    if (failed.length > 0) log(`[TOTEM ] Failed to receive the leave message. failed: ${this.#ids(failed)}`)
    const isQuorate = this.isQuorate(node)
    if (wasQuorate !== isQuorate) this.#logQuorum(node, isQuorate)
    this.#logMembers(node, members)
  }

  #logQuorum(node: string, isQuorate: boolean): void {
    const what = isQuorate
      ? 'primary component and will provide service.'
      : 'non-primary component and will NOT provide any services.'
    this.#with.log(node, `[QUORUM] This node is within the ${what}`)
  }

  #logMembers(node: string, members: readonly string[]): void {
    this.#with.log(node, `[QUORUM] Members[${members.length}]: ${this.#ids(members)}`)
  }
}

function nextOf(members: readonly string[], index: number): string {
  return members[(index + 1) % members.length] as string
}

function endTimers(ring: Ring): void {
  ring.loss?.cancel()
  delete ring.loss
  ring.cancelMerge?.()
  delete ring.cancelMerge
}
