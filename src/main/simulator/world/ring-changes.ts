import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { CorosyncLog } from './corosync-log.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'

/** One ring of nodes that agree on who is in it. */
export interface Ring {
  readonly members: readonly string[]
  readonly sequence: number
  /**
   * Set while the token does not come round: first it is waited for, then the members gather who is left. `cancel`
   * ends the step under way.
   */
  loss: { phase: 'token' | 'gather' | 'agreed'; cancel: () => void } | undefined
  cancelMerge: (() => void) | undefined
  /** A member has said goodbye: nothing is delivered any more before the ring without it. */
  isLeft: boolean
}

interface Surroundings {
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly tokenMs: number
  readonly consensusMs: number
  readonly log: CorosyncLog
  /** Members that are in no other ring yet. */
  remaining(ring: Ring): string[]
  /** Those of them whose processors do not stand still. */
  awakeOf(ring: Ring): string[]
  /** The ring together with all other rings that may and can join it as a whole. */
  mergedWith(ring: Ring, mayJoin: (other: Ring) => boolean): string[]
  form(members: readonly string[]): void
  /** As `form`, in as many rings as it takes. */
  formEach(nodes: readonly string[]): void
  /** Looks at all rings anew. */
  reconsider(): void
  /** A lost member was heard again in time. */
  ringHealed(node: string): void
}

/** How long it takes until a ring that lost somebody, or found others, is replaced by a new one. */
export class RingChanges {
  readonly #with: Surroundings

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  watchLoss(ring: Ring, isTorn: boolean): void {
    const { loss } = ring
    if (isTorn) {
      if (loss === undefined) this.#awaitToken(ring)
      // Torn again before the new ring was installed: the members wait for consensus anew.
      else if (loss.phase === 'agreed') this.#gather(ring)
      return
    }
    if (loss?.phase === 'token') {
      loss.cancel()
      ring.loss = undefined
      for (const member of ring.members) this.#with.ringHealed(member)
    }
    if (loss?.phase === 'gather') this.agree(ring)
  }

  watchMerge(ring: Ring, seesOthers: boolean): void {
    if (!seesOthers) {
      ring.cancelMerge?.()
      ring.cancelMerge = undefined
      return
    }
    if (ring.cancelMerge !== undefined) return
    const { scheduler } = this.#with
    ring.cancelMerge = scheduler.at(scheduler.nowMs() + this.#mergeMs(), () => {
      ring.cancelMerge = undefined
      // A ring that just lost a member joins the others when it knows who is left of it.
      const ready = this.#with.mergedWith(ring, ({ loss }) => loss === undefined)
      if (ready.length > ring.members.length) this.#with.form(ready)
      else this.#with.reconsider()
    })
  }

  missToken(ring: Ring): void {
    const { log, tokenMs, consensusMs } = this.#with
    for (const member of this.#with.awakeOf(ring)) log.tokenLost(member, tokenMs, consensusMs)
  }

  /** All are heard again while they gather, so nobody needs to wait any longer. */
  agree(ring: Ring): void {
    const { scheduler, random, parameters } = this.#with
    ring.loss?.cancel()
    const [least, most] = parameters.totemGather
    const agreedAtMs = scheduler.nowMs() + Math.round(random.between(least, most))
    const cancel = scheduler.at(agreedAtMs, () => {
      ring.loss = undefined
      this.#with.form(this.#with.remaining(ring))
    })
    ring.loss = { phase: 'agreed', cancel }
  }

  #awaitToken(ring: Ring): void {
    const { scheduler, random, parameters, tokenMs, log } = this.#with
    const [youngest, oldest] = parameters.totemTokenAge
    const tokenLostAtMs = scheduler.nowMs() + tokenMs - Math.round(random.between(youngest, oldest))
    const warnAtMs = tokenLostAtMs - Math.round(tokenMs * (1 - parameters.totemTokenWarning))
    const warnedMs = Math.floor(tokenMs * parameters.totemTokenWarning)
    const cancelWarning = scheduler.at(warnAtMs, () => {
      for (const member of this.#with.awakeOf(ring)) log.tokenLate(member, warnedMs)
    })
    const cancelToken = scheduler.at(tokenLostAtMs, () => {
      this.missToken(ring)
      this.#gather(ring)
    })
    const cancel = () => {
      cancelWarning()
      cancelToken()
    }
    ring.loss = { phase: 'token', cancel }
  }

  /** Who is silent until the consensus time-out is left out. */
  #gather(ring: Ring): void {
    const { scheduler, consensusMs } = this.#with
    ring.loss?.cancel()
    const cancel = scheduler.at(scheduler.nowMs() + consensusMs, () => {
      ring.loss = undefined
      this.#with.formEach(this.#with.awakeOf(ring))
    })
    ring.loss = { phase: 'gather', cancel }
  }

  /** Measured with three nodes; two pings of a link are part of it, which come at a quarter of the token time-out. */
  #mergeMs(): number {
    const { random, parameters, tokenMs } = this.#with
    const recordedTokenMs = parameters.totemTokenBase + parameters.totemTokenCoefficient
    const longerMs = Math.max(0, tokenMs - recordedTokenMs) / parameters.knetPongCount
    return millisecondsIn(parameters.totemMerge, random) + Math.round(longerMs)
  }
}

/** Nobody of the ring waits for anything any more. */
export function endTimers(ring: Ring): void {
  ring.loss?.cancel()
  ring.loss = undefined
  ring.cancelMerge?.()
  ring.cancelMerge = undefined
}
