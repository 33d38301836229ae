import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'

/** A time without quorum, while requests piled up. */
export interface Outage {
  readonly fromMs: number
  readonly toMs: number
}

interface Surroundings {
  /** Nodes that may have a monitor, in the order of their addresses. */
  readonly nodes: readonly string[]
  /** Those that have one from the beginning. */
  readonly daemonsOn: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** Both machines have power and a path between them over the cluster network. */
  reaches(from: string, to: string): boolean
  /** What it sends to other monitors, or they to it, gets lost at the moment. */
  isSilent(node: string): boolean
  log(node: string, level: string, message: string): void
  /** The quorum is another one, or there is none any more. */
  quorumChanged(): void
}

/**
 * At most one monitor per node. A silent member is noticed after some seconds; then the others elect a quorum without
 * it. Until that is done no map can be changed, since every member of the quorum has to agree.
 */
export class CephMonitors {
  readonly #with: Surroundings
  readonly #running = new Set<string>()
  /** The monitor map, in the order of ranks, which is that of addresses. */
  #names: readonly string[]
  /** Created, and not in the map yet. */
  readonly #joining = new Set<string>()
  #mapEpoch = 1
  #quorum: readonly string[] = []
  #electionEpoch = 0
  #changedMs = 0
  #lostMs: number | undefined
  #lastOutage: Outage | undefined
  #cancelElection: (() => void) | undefined
  #cancelDetection: (() => void) | undefined

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#names = surroundings.daemonsOn
  }

  /** Of the monitor map, in the order of ranks. */
  get names(): readonly string[] {
    return this.#names
  }

  /** Of the monitor map. */
  get mapEpoch(): number {
    return this.#mapEpoch
  }

  /** There is a monitor on that node, running or not. */
  has(node: string): boolean {
    return this.#names.includes(node) || this.#joining.has(node)
  }

  /** Places of the monitors' nodes among all nodes, from which their addresses follow. */
  get positions(): readonly number[] {
    return this.#names.map((name) => this.#with.nodes.indexOf(name))
  }

  get votesNeeded(): number {
    return Math.floor(this.#names.length / 2) + 1
  }

  /** Members of the quorum, the leader first; empty while there is none. */
  get quorum(): readonly string[] {
    return this.#quorum
  }

  get leader(): string | undefined {
    return this.#quorum[0]
  }

  /** Odd during an election. */
  get electionEpoch(): number {
    return this.#electionEpoch
  }

  /** Since when this quorum, or the election for the next one, goes on. */
  get changedMs(): number {
    return this.#changedMs
  }

  get lastOutage(): Outage | undefined {
    return this.#lastOutage
  }

  /**
   * Who answers clients: the quorum; for a moment after it was lost, those that look for another one. Members of
   * a quorum answer from their lease until they notice that others are missing.
   */
  answering(): readonly string[] {
    if (this.#quorum.length > 0) return this.#quorum.filter((node) => this.#running.has(node))
    const { scheduler, parameters } = this.#with
    const isFresh = scheduler.nowMs() - this.#changedMs < parameters.monElectionAnswers * 1000
    return this.#lostMs !== undefined && isFresh ? this.present() : []
  }

  isRunning(node: string): boolean {
    return this.#running.has(node)
  }

  /** Whether a change of a map would be agreed on now. */
  get canCommit(): boolean {
    const present = this.present()
    return this.#quorum.length > 0 && this.#quorum.every((node) => present.includes(node))
  }

  /** The largest group of running monitors that reach each other, in the order of ranks. */
  present(): readonly string[] {
    const running = this.#names.filter((node) => this.#running.has(node))
    let largest: readonly string[] = []
    for (const node of running) {
      const group = running.filter((other) => this.#hear(node, other))
      if (group.length > largest.length) largest = group
    }
    return largest
  }

  #hear(one: string, other: string): boolean {
    const { reaches, isSilent } = this.#with
    return reaches(one, other) && (one === other || !(isSilent(one) || isSilent(other)))
  }

  /** A new monitor, which joins the map once it runs and a quorum hears it. The first one needs nobody. */
  create(node: string, slowdown: number): void {
    this.#joining.add(node)
    this.start(node, slowdown)
  }

  /** Takes a monitor out of the map, running or not; the others elect anew. */
  remove(node: string): void {
    this.#running.delete(node)
    this.#joining.delete(node)
    if (!this.#names.includes(node)) return
    this.#setNames(this.#names.filter((name) => name !== node))
    if (this.#names.length > 0) {
      this.#elect()
      return
    }
    this.#cancelElection?.()
    this.#cancelDetection?.()
    this.#cancelElection = undefined
    this.#cancelDetection = undefined
    this.#quorum = []
    this.#with.quorumChanged()
  }

  #setNames(names: readonly string[]): void {
    const { nodes } = this.#with
    this.#names = names.toSorted((a, b) => nodes.indexOf(a) - nodes.indexOf(b))
    this.#mapEpoch += 1
  }

  #admit(): void {
    const { leader } = this
    for (const node of this.#joining) {
      const mayJoin =
        this.#names.length === 0 ||
        (this.canCommit && leader !== undefined && this.#with.reaches(node, leader))
      if (!this.#running.has(node) || !mayJoin) continue
      this.#joining.delete(node)
      this.#setNames([...this.#names, node])
      return
    }
  }

  /** `slowdown`: how many times longer the start takes on that node than on a fast one. */
  start(node: string, slowdown: number): void {
    this.#running.add(node)
    const { scheduler, random, parameters } = this.#with
    const startMs = Math.round(millisecondsIn(parameters.monRestart, random) * slowdown)
    scheduler.at(scheduler.nowMs() + startMs, () => {
      if (this.#running.has(node)) this.reconsider()
    })
  }

  /** `orderly`: it says goodbye, so nobody has to find out. */
  stop(node: string, orderly: boolean): void {
    if (!this.#running.delete(node)) return
    if (orderly && this.#quorum.includes(node)) this.#elect()
    else this.reconsider()
  }

  /** To be called whenever a monitor or a path between two may have come or gone. */
  reconsider(): void {
    if (this.#cancelElection !== undefined) return
    if (this.#joining.size > 0) this.#admit()
    const present = this.present()
    const isWhole = this.#quorum.every((node) => present.includes(node))
    if (!isWhole) {
      this.#detectLater()
      return
    }
    this.#cancelDetection?.()
    this.#cancelDetection = undefined
    if (present.length > this.#quorum.length && present.length >= this.votesNeeded) this.#elect()
  }

  #detectLater(): void {
    if (this.#cancelDetection !== undefined) return
    const { scheduler, random, parameters } = this.#with
    this.#cancelDetection = scheduler.at(
      scheduler.nowMs() + millisecondsIn(parameters.monDetect, random),
      () => {
        this.#cancelDetection = undefined
        this.#elect()
      },
    )
  }

  #elect(): void {
    this.#cancelDetection?.()
    this.#cancelDetection = undefined
    this.#cancelElection?.()
    const { scheduler, parameters } = this.#with
    const callers = this.present()
    for (const node of callers) this.#with.log(node, 'INF', `mon.${node} calling monitor election`)
    const hadQuorum = this.#quorum.length > 0
    this.#quorum = []
    this.#electionEpoch += this.#electionEpoch % 2 === 0 ? 1 : 2
    this.#changedMs = scheduler.nowMs()
    if (hadQuorum) this.#lostMs = scheduler.nowMs()
    const seconds =
      callers.length === this.#names.length ? parameters.monElectionFull : parameters.monElectionPartial
    this.#cancelElection = scheduler.at(scheduler.nowMs() + seconds * 1000, () => this.#endElection())
    if (hadQuorum) this.#with.quorumChanged()
  }

  #endElection(): void {
    this.#cancelElection = undefined
    const present = this.present()
    if (present.length < this.votesNeeded) return
    this.#quorum = present
    this.#electionEpoch += 1
    this.#changedMs = this.#with.scheduler.nowMs()
    if (this.#lostMs !== undefined) this.#lastOutage = { fromMs: this.#lostMs, toMs: this.#changedMs }
    this.#lostMs = undefined
    const leader = present[0] as string
    const ranks = present.map((node) => this.#names.indexOf(node)).join(',')
    this.#with.log(
      leader,
      'INF',
      `mon.${leader} is new leader, mons ${present.join(',')} in quorum (ranks ${ranks})`,
    )
    this.#with.quorumChanged()
    if (this.#joining.size > 0) this.reconsider()
  }
}
