import type { LabStorage } from '../../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'
import { DrbdCopy } from './drbd-copy.ts'
import type { DiskEnd, DiskListener, DiskMove, GuestDisk } from './guest-storage.ts'
import { RecentRecords } from './recent-records.ts'
import { type RecordRange, type RecordSet, recordsMiB } from './record-set.ts'

type DrbdStorage = Extract<LabStorage, { kind: 'drbd' }>

interface Surroundings {
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly listener: DiskListener
  reaches(from: string, to: string): boolean
  log(node: string, source: string, level: string, message: string): void
  /** The disk begins to answer. */
  answersNow(): void
}

/**
 * A resource with a copy on each of two nodes; any other node uses it over the network without a copy. Who
 * opens it makes it primary, without asking anybody: two copies that went on alone are a split brain, and
 * stay apart until somebody decides which of them to discard.
 */
export class DrbdDisk implements GuestDisk {
  readonly storage: DrbdStorage
  readonly copies: readonly [DrbdCopy, DrbdCopy]
  readonly #with: Surroundings
  readonly #resource: string
  readonly #recent: RecentRecords
  #connection: 'none' | 'connected' | 'stand-alone' = 'connected'
  #linkUp = true
  #client: string | undefined
  /** The copy that the client uses, or used last. */
  #used: DrbdCopy
  /** A write waits for the peer's answer. */
  #waitsForPeer = false
  #generations = 0
  /** A time-out, a connect or a resync under way. */
  #cancelStep: (() => void) | undefined

  constructor(storage: DrbdStorage, guest: string, surroundings: Surroundings) {
    this.storage = storage
    this.#with = surroundings
    this.#resource = `vm-${guest.slice(3)}-disk-0`
    const [first, second] = storage.nodes
    this.copies = [new DrbdCopy(first), new DrbdCopy(second)]
    this.#used = this.copies[0]
    this.#recent = new RecentRecords(surroundings.parameters.drbdInFlight[1] * 1000)
  }

  /** Both went on alone; neither is changed until one is discarded. */
  get isSplit(): boolean {
    return this.#connection === 'stand-alone'
  }

  answers(node: string): boolean {
    return !this.#waitsForPeer && !this.#used.isInconsistent && this.#reachesCopy(node, this.#used)
  }

  opens(): boolean {
    return true
  }

  startRefusal(node: string): string | undefined {
    return this.#accessFrom(node) === undefined
      ? `${this.#resource}: State change failed: (-2) Need access to UpToDate data`
      : undefined
  }

  open(node: string): void {
    this.#client = node
    this.#use(this.#accessFrom(node) ?? this.#used, node)
  }

  close(node: string, end: DiskEnd): void {
    if (this.#client !== node) return
    this.#client = undefined
    if (this.#waitsForPeer) this.#endStep()
    this.#waitsForPeer = false
    if (end === 'lost' && node === this.#used.node && !this.#with.reaches(node, node))
      this.#used.mayBeAhead = true
  }

  planMove(_from: string, to: string): DiskMove {
    const refusal = this.startRefusal(to)
    return refusal === undefined ? { copyMiB: 0 } : { refusal }
  }

  move(from: string, to: string): void {
    if (this.#client !== from) return
    this.#with.listener.settle()
    this.#client = to
    const next = this.#accessFrom(to)
    if (next !== undefined && next !== this.#used) this.#use(next, to)
  }

  keep(records: RecordRange, fromMs: number, toMs: number): void {
    const other = this.#peerOf(this.#used)
    this.#used.keep(records)
    if (this.#connection !== 'connected' || other.isInconsistent) return
    other.keep(records)
    if (this.storage.protocol === 'A') this.#recent.add(records, fromMs, toMs)
  }

  get content(): RecordSet {
    return this.#used.content
  }

  pathsChanged(): void {
    const [first, second] = this.copies
    const linkUp = this.#with.reaches(first.node, second.node)
    if (linkUp !== this.#linkUp) {
      this.#linkUp = linkUp
      this.#with.listener.settle()
      if (linkUp) this.#linkReturned()
      else this.#linkLost()
    }
    this.#followClient()
  }

  /** `connect --discard-my-data` on that node, which must not use it: it becomes as the other is. */
  discard(node: string): void {
    const victim = this.copies.find((copy) => copy.node === node)
    if (victim === undefined || !this.isSplit || (this.#client !== undefined && this.#used === victim)) return
    victim.isInconsistent = true
    this.#connection = 'none'
    if (this.#linkUp) this.#meet()
  }

  /** Uses a copy from now on; one that has no peer begins a generation of its own. */
  #use(copy: DrbdCopy, node: string): void {
    this.#used = copy
    if (this.#connection !== 'connected') this.#goOnAlone(copy)
    this.#with.listener.contentChanged(
      node,
      copy.missedInFlight ? 'asynchronous-replication' : 'diverged-copy',
    )
  }

  #goOnAlone(copy: DrbdCopy): void {
    this.#generations += 1
    copy.beginGeneration(this.#generations)
  }

  /** A client without a copy of its own, or with half a one, uses the other when it loses the first. */
  #followClient(): void {
    const client = this.#client
    if (client === undefined || this.#waitsForPeer || this.#reachesCopy(client, this.#used)) return
    const next = this.#accessFrom(client)
    if (next === undefined || next === this.#used) return
    this.#with.listener.settle()
    this.#use(next, client)
  }

  #linkLost(): void {
    const { parameters, random } = this.#with
    this.#endStep()
    if (this.#connection !== 'connected') return
    this.#connection = 'none'
    const other = this.#peerOf(this.#used)
    if (this.storage.protocol === 'A') {
      const inFlightMs = millisecondsIn(parameters.drbdInFlight, random)
      const missed = this.#recent.since(this.#with.scheduler.nowMs() - inFlightMs)
      other.miss(missed)
      if (missed.length > 0) this.#used.mayBeAhead = true
      this.#recent.forget()
    }
    if (this.#client === undefined) return
    this.#waitsForPeer = this.storage.protocol === 'C' || !this.#reachesCopy(this.#client, this.#used)
    this.#after(millisecondsIn(parameters.drbdTimeout, random), () => this.#giveUpPeer())
  }

  /** Nothing came from the peer for too long. */
  #giveUpPeer(): void {
    const client = this.#client
    if (client === undefined) return
    this.#with.listener.settle()
    this.#waitsForPeer = false
    if (this.#reachesCopy(client, this.#used)) this.#goOnAlone(this.#used)
    else this.#followClient()
    this.#with.answersNow()
  }

  #linkReturned(): void {
    if (this.isSplit) return
    if (this.#cancelStep !== undefined) {
      // The connection has not noticed: what waited in it arrives.
      this.#endStep()
      this.#waitsForPeer = false
      this.#connection = 'connected'
      const other = this.#peerOf(this.#used)
      if (!other.isInconsistent) other.becomeLike(this.#used)
      else this.#synchronise(this.#used, other)
      this.#with.answersNow()
      return
    }
    const { parameters, random } = this.#with
    this.#after(millisecondsIn(parameters.drbdConnect, random), () => this.#meet())
  }

  #meet(): void {
    const [first, second] = this.copies
    this.#with.listener.settle()
    const meeting = first.meet(second)
    if (meeting === 'split-brain') {
      this.#connection = 'stand-alone'
      const text = `drbd ${this.#resource}: Split-Brain detected but unresolved, dropping connection!`
      for (const { node } of this.copies) this.#with.log(node, 'kernel', 'err', text)
      return
    }
    this.#connection = 'connected'
    if (meeting === 'first-newer') this.#synchronise(first, second)
    if (meeting === 'second-newer') this.#synchronise(second, first)
    this.#with.answersNow()
  }

  #synchronise(source: DrbdCopy, target: DrbdCopy): void {
    const { parameters } = this.#with
    const blocks = source.content.without(target.content).count + target.content.without(source.content).count
    target.isInconsistent = true
    this.#after(Math.round((recordsMiB(blocks) / parameters.drbdSyncRate) * 1000), () => {
      this.#with.listener.settle()
      target.becomeLike(source)
      this.#with.answersNow()
    })
  }

  /** The copy that a client on that node would use: its own if that is whole, else one it reaches. */
  #accessFrom(node: string): DrbdCopy | undefined {
    const own = this.copies.find((copy) => copy.node === node)
    const isUsable = (copy: DrbdCopy) => !copy.isInconsistent && this.#reachesCopy(node, copy)
    if (own === undefined) return isUsable(this.#used) ? this.#used : this.copies.find(isUsable)
    if (isUsable(own)) return own
    const peer = this.#peerOf(own)
    return this.#connection === 'connected' && isUsable(peer) ? peer : undefined
  }

  #reachesCopy(node: string, copy: DrbdCopy): boolean {
    return this.#with.reaches(node, copy.node)
  }

  #peerOf(copy: DrbdCopy): DrbdCopy {
    const [first, second] = this.copies
    return copy === first ? second : first
  }

  #after(delayMs: number, action: () => void): void {
    this.#endStep()
    const { scheduler } = this.#with
    this.#cancelStep = scheduler.at(scheduler.nowMs() + delayMs, () => {
      this.#cancelStep = undefined
      action()
    })
  }

  #endStep(): void {
    this.#cancelStep?.()
    this.#cancelStep = undefined
  }
}
