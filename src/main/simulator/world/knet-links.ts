import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { Path } from './network.ts'
import type { WorldParameters } from './parameters.ts'

interface Surroundings {
  /** All configured nodes, in the order of their node ids from 1. */
  readonly nodes: readonly string[]
  /** Links of corosync, from number 0. */
  readonly linkCount: number
  readonly tokenMs: number
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  isRunning(node: string): boolean
  /** The node's processors do not stand still. */
  isAwake(node: string): boolean
  /** What packets of a link meet between two nodes; undefined when there is no way at all. */
  pathOf(link: number, from: string, to: string): Path | undefined
  log(node: string, message: string): void
  /** A link came or went by itself. */
  changed(): void
}

/** One link between two nodes. */
interface Link {
  readonly number: number
  readonly ends: readonly [string, string]
  /** What the daemon of each end says of it. */
  readonly seenUp: [boolean, boolean]
  readonly cancelSight: [(() => void) | undefined, (() => void) | undefined]
  /** Too many pings were lost: no packet is sent over it. */
  isDown: boolean
  /** It was taken down when there was no way; though there may be one again, nothing is sent before it is up. */
  isAwaited: boolean
  cancelTurn?: () => void
  /** Loss for which the next turn was drawn. */
  loss: number
}

/** Above this many pings on average, the number until two are alike is memoryless to within a hundredth. */
const memorylessFrom = 300
/** A link that loses nearly all or nearly nothing waits for no longer than that, so that times stay finite. */
const longestPings = 1e9

/**
 * The links of kronosnet. Each is watched by pings at a quarter of the token time-out. Two lost in a row, there or
 * back, take it down, two answered in a row bring it up again (corosync.conf(5): `knet_ping_interval`,
 * `knet_ping_timeout`, `knet_pong_count`). What happens to lossy links is drawn from that rule as a whole, not
 * ping by ping.
 */
export class KnetLinks {
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly #with: Surroundings
  readonly #links: readonly Link[]
  readonly #byPair = new Map<string, Link[]>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { nodes, linkCount, tokenMs, parameters } = surroundings
    this.pingIntervalMs = Math.floor(tokenMs / (2 * parameters.knetPongCount))
    this.pingTimeoutMs = Math.floor(tokenMs / parameters.knetPongCount)
    this.#links = nodes.flatMap((one, index) =>
      nodes.slice(index + 1).flatMap((other) => {
        const links = Array.from({ length: linkCount }, (_, number) => newLink(number, [one, other]))
        this.#byPair.set(`${one}/${other}`, links)
        this.#byPair.set(`${other}/${one}`, links)
        return links
      }),
    )
  }

  /** Whether packets pass between two running daemons over any link. */
  passes(one: string, other: string): boolean {
    return one === other || this.#linksOf(one, other).some((link) => !link.isAwaited && this.#isOpen(link))
  }

  /** Whether they pass, or will as soon as a link is up that has a way again. */
  willPass(one: string, other: string): boolean {
    return one === other || this.#linksOf(one, other).some((link) => this.#isOpen(link))
  }

  /** One way, over the link that carries the token: the one with the lowest number that is up. */
  latencyMs(one: string, other: string): number {
    const open = this.#linksOf(one, other).filter((link) => this.#isOpen(link))
    const link = open.find(({ isAwaited }) => !isAwaited) ?? open[0]
    return link === undefined ? 0 : (this.#way(link)?.latencyMs ?? 0)
  }

  /** These have found each other, so their links are up. */
  met(members: readonly string[]): void {
    for (const link of this.#links) {
      const [one, other] = link.ends
      if (link.isAwaited && members.includes(one) && members.includes(other) && this.#isOpen(link))
        link.isAwaited = false
    }
  }

  #isOpen(link: Link): boolean {
    return !link.isDown && this.#way(link) !== undefined
  }

  /** What the daemon of `viewer` says of its link of that number to a peer. */
  isSeenUp(viewer: string, peer: string, number: number): boolean {
    const link = this.#linksOf(viewer, peer)[number]
    return link?.seenUp[link.ends[0] === viewer ? 0 : 1] ?? false
  }

  /** To be called whenever a daemon or a way between two nodes may have come, gone or changed. */
  reconsider(): void {
    for (const link of this.#links) {
      const way = this.#isWatched(link) ? this.#way(link) : undefined
      this.#turnByLoss(link, way?.loss ?? 0)
      this.#see(link, way !== undefined && !link.isDown)
    }
  }

  #linksOf(one: string, other: string): readonly Link[] {
    return this.#byPair.get(`${one}/${other}`) ?? []
  }

  #isWatched({ ends: [one, other] }: Link): boolean {
    return this.#with.isRunning(one) && this.#with.isRunning(other)
  }

  /** A link whose answers come later than the ping time-out is as good as none. */
  #way({ number, ends: [one, other] }: Link): Path | undefined {
    const path = this.#with.pathOf(number, one, other)
    return path === undefined || 2 * path.latencyMs > this.pingTimeoutMs ? undefined : path
  }

  /** Draws when a lossy link goes down, and when it comes back. */
  #turnByLoss(link: Link, loss: number): void {
    if (link.loss === loss) return
    link.loss = loss
    link.cancelTurn?.()
    delete link.cancelTurn
    if (loss === 0) link.isDown = false
    else this.#turnLater(link)
  }

  #turnLater(link: Link): void {
    const { scheduler, random } = this.#with
    const answered = (1 - link.loss) ** 2
    const pings = pingsUntilTwoInRow(link.isDown ? answered : 1 - answered, random)
    link.cancelTurn = scheduler.at(scheduler.nowMs() + Math.round(pings * this.pingIntervalMs), () => {
      link.isDown = !link.isDown
      this.#turnLater(link)
      this.#see(link, !link.isDown)
      this.#with.changed()
    })
  }

  /** Both ends notice and say so, each by its own pings. */
  #see(link: Link, isUp: boolean): void {
    for (const side of [0, 1] as const) {
      const viewer = link.ends[side]
      if (!this.#with.isRunning(viewer)) {
        link.cancelSight[side]?.()
        link.cancelSight[side] = undefined
        link.seenUp[side] = false
        link.isAwaited = false
        continue
      }
      if (link.seenUp[side] === isUp || !this.#with.isAwake(viewer)) {
        link.cancelSight[side]?.()
        link.cancelSight[side] = undefined
      } else if (link.cancelSight[side] === undefined) this.#noticeLater(link, side, isUp)
    }
  }

  #noticeLater(link: Link, side: 0 | 1, isUp: boolean): void {
    const { scheduler } = this.#with
    link.cancelSight[side] = scheduler.at(scheduler.nowMs() + this.#noticeMs(link, isUp), () => {
      link.cancelSight[side] = undefined
      link.seenUp[side] = isUp
      this.#say(link, side)
      this.#awaitPings(link, isUp)
    })
  }

  /** What loss takes down comes back with the pings that were counted for it. */
  #awaitPings(link: Link, isUp: boolean): void {
    if (!isUp) {
      link.isAwaited = !link.isDown
    } else if (link.isAwaited && link.seenUp.every((isSeen) => isSeen)) {
      link.isAwaited = false
      this.#with.changed()
    }
  }

  /** Pings that were lost are counted already; a way that is gone or new shows itself by the next pings. */
  #noticeMs(link: Link, isUp: boolean): number {
    if (link.loss > 0) return 0
    const { random, parameters } = this.#with
    const [least, most] = isUp ? parameters.knetUpPings : parameters.knetDownPings
    return Math.round(random.between(least, most) * this.pingIntervalMs)
  }

  #say(link: Link, side: 0 | 1): void {
    const { nodes, log } = this.#with
    const viewer = link.ends[side]
    const peer = link.ends[1 - side] as string
    const host = nodes.indexOf(peer) + 1
    const say = (message: string) => log(viewer, `[KNET  ] ${message}`)
    const isUp = link.seenUp[side]
    say(
      isUp
        ? `rx: host: ${host} link: ${link.number} is up`
        : `link: host: ${host} link: ${link.number} is down`,
    )
    if (isUp) say(`link: Resetting MTU for link ${link.number} because host ${host} joined`)
    const best = this.#linksOf(viewer, peer).find(({ seenUp }) => seenUp[side])
    say(`host: host: ${host} (passive) best link: ${best?.number ?? 0} (pri: 1)`)
    if (best === undefined) say(`host: host: ${host} has no active links`)
  }
}

function newLink(number: number, ends: readonly [string, string]): Link {
  return {
    number,
    ends,
    seenUp: [false, false],
    cancelSight: [undefined, undefined],
    isDown: false,
    isAwaited: false,
    loss: 0,
  }
}

/** Trials, each coming out with that probability, until two in a row did. */
export function pingsUntilTwoInRow(probability: number, random: Random): number {
  const mean = (1 + probability) / probability ** 2
  if (mean > memorylessFrom)
    return Math.min(Math.max(2, -mean * Math.log(1 - random.fraction())), longestPings)
  let inRow = 0
  let trials = 0
  while (inRow < 2) {
    trials += 1
    inRow = random.fraction() < probability ? inRow + 1 : 0
  }
  return trials
}
