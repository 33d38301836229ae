import assert from 'node:assert'
import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'

/** One ring of nodes that agree on who is in it. */
interface Ring {
  readonly members: readonly string[]
  readonly sequence: number
  /** Set while a member is missing and the others have not yet agreed on a ring without it. */
  cancelLoss?: () => void
  cancelMerge?: () => void
  /** A member has said goodbye: nothing is delivered any more before the ring without it. */
  isLeft?: true
}

interface Surroundings {
  /** All configured nodes, in the order of their node ids from 1. */
  readonly nodes: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  reaches(from: string, to: string): boolean
  log(node: string, message: string): void
  /** A node's ring changed. Called for each node of the new ring after all of them have it. */
  membershipChanged(node: string): void
  /** A lost member was heard again in time: what waited for a new ring goes on with the old one. */
  ringHealed(node: string): void
}

/**
 * Membership and quorum. A lost node leaves after token plus consensus time-out, an orderly one at once, a new
 * one joins after its ring has found the others. One vote per configured node.
 */
export class Corosync {
  readonly #with: Surroundings
  readonly #rings = new Map<string, Ring>()
  /** Kept on disk by each node, so that ring ids only grow. */
  readonly #lastSequences = new Map<string, number>()
  readonly #orderlyLeavers = new Set<string>()
  readonly tokenMs: number
  readonly consensusMs: number
  readonly votesNeeded: number

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { nodes, parameters } = surroundings
    this.tokenMs =
      parameters.totemTokenBase + Math.max(0, nodes.length - 2) * parameters.totemTokenCoefficient
    this.consensusMs = Math.round(this.tokenMs * parameters.totemConsensusFactor)
    this.votesNeeded = Math.floor(nodes.length / 2) + 1
  }

  /** The daemon of a node starts: at first in a ring of its own. */
  start(node: string): void {
    this.#orderlyLeavers.delete(node)
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
    for (const ring of new Set(this.#rings.values())) {
      const members = ring.members.filter((member) => this.#rings.get(member) === ring)
      const first = members[0]
      if (first === undefined) continue
      const isTorn =
        members.length < ring.members.length || members.some((member) => !this.#with.reaches(first, member))
      this.#watchLoss(ring, isTorn)
      this.#watchMerge(ring, !isTorn && this.#reachableFrom(first).length > members.length)
    }
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
    return this.membersSeenBy(node).length >= this.votesNeeded
  }

  /** A member is lost and nothing can be delivered until a new ring is formed. */
  isForming(node: string): boolean {
    const ring = this.#rings.get(node)
    return ring?.cancelLoss !== undefined || ring?.isLeft === true
  }

  #watchLoss(ring: Ring, isTorn: boolean): void {
    if (!isTorn) {
      if (ring.cancelLoss === undefined) return
      ring.cancelLoss()
      delete ring.cancelLoss
      for (const member of ring.members) this.#with.ringHealed(member)
      return
    }
    if (ring.cancelLoss !== undefined) return
    const { scheduler, random, parameters } = this.#with
    const [youngest, oldest] = parameters.totemTokenAge
    const tokenLostAtMs = scheduler.nowMs() + this.tokenMs - Math.round(random.between(youngest, oldest))
    ring.cancelLoss = scheduler.at(tokenLostAtMs, () => {
      for (const member of this.#remaining(ring))
        this.#with.log(
          member,
          `[TOTEM ] A processor failed, forming new configuration: token timed out (${this.tokenMs}ms), waiting ${this.consensusMs}ms for consensus.`,
        )
      ring.cancelLoss = scheduler.at(tokenLostAtMs + this.consensusMs, () => {
        delete ring.cancelLoss
        for (const component of this.#componentsOf(this.#remaining(ring))) this.#form(component)
      })
    })
  }

  #watchMerge(ring: Ring, seesOthers: boolean): void {
    if (!seesOthers) {
      ring.cancelMerge?.()
      delete ring.cancelMerge
      return
    }
    if (ring.cancelMerge !== undefined) return
    const { scheduler, random, parameters } = this.#with
    ring.cancelMerge = scheduler.at(scheduler.nowMs() + millisecondsIn(parameters.totemMerge, random), () => {
      delete ring.cancelMerge
      const first = this.#remaining(ring)[0]
      assert(first !== undefined)
      // A ring that just lost a member joins the others when it knows who is left of it.
      const ready = this.#reachableFrom(first).filter((node) => !this.isForming(node))
      if (ready.length > ring.members.length) this.#form(ready)
      else this.reconsider()
    })
  }

  #remaining(ring: Ring): string[] {
    return ring.members.filter((member) => this.#rings.get(member) === ring)
  }

  #reachableFrom(node: string): string[] {
    return this.#with.nodes.filter((other) => this.#rings.has(other) && this.#with.reaches(node, other))
  }

  /** Splits nodes into groups that reach each other. */
  #componentsOf(nodes: readonly string[]): string[][] {
    const components: string[][] = []
    for (const node of nodes) {
      const known = components.find((component) => this.#with.reaches(component[0] as string, node))
      if (known === undefined) components.push([node])
      else known.push(node)
    }
    return components
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
    for (const member of members) {
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
    return this.#with.nodes.indexOf(node) + 1
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
    const isQuorate = members.length >= this.votesNeeded
    if (wasQuorate && !isQuorate)
      log('[QUORUM] This node is within the non-primary component and will NOT provide any services.')
    if (!wasQuorate && isQuorate)
      log('[QUORUM] This node is within the primary component and will provide service.')
    log(`[QUORUM] Members[${members.length}]: ${this.#ids(members)}`)
  }
}

function endTimers(ring: Ring): void {
  ring.cancelLoss?.()
  ring.cancelMerge?.()
}
