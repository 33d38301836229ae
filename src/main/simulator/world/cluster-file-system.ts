import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { Corosync } from './corosync.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'
import type { WorldWitness } from './world-witness.ts'

/** One file system as a node has it on its disk. Replaced as a whole at every write, never changed. */
interface Version {
  readonly number: number
  readonly files: Readonly<Record<string, unknown>>
}

interface Member {
  disk: Version
  /** Undefined while the file system does not run. */
  readonly loadedAtMs?: number
  /** The running instance: only the instance that wrote a lock can renew it. */
  readonly instance: number
  synced: boolean
}

interface Lock {
  readonly node: string
  readonly instance: number
  renewedAtMs: number
  /** Somebody asked for it after it had expired: from then on the next attempt gets it. */
  unlockedAtMs?: number
}

interface Surroundings {
  readonly nodes: readonly string[]
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly corosync: Corosync
  log(node: string, message: string): void
  /** A node's file system became writable, or ceased to be. */
  quorumChanged(node: string): void
  /** Somebody gave a lock back. */
  lockReleased(name: string): void
  readonly witness?: Pick<WorldWitness, 'lockAsked' | 'lockReleased' | 'written'> | undefined
}

/** `requested`: it had expired and is being freed for the next attempt. */
export type LockAttempt = 'acquired' | 'renewed' | 'requested' | 'refused'

/**
 * The data all nodes share, as pmxcfs keeps it: every node has a copy, members of the quorate partition write,
 * the others read what they last knew. Two majorities always share a node, so the newest copy in a quorate
 * partition is the truth.
 *
 * Locks live 120 s after their last renewal, by the clock of the member with the lowest node id, which starts
 * all clocks anew when it loads its copy.
 */
export class ClusterFileSystem {
  readonly #with: Surroundings
  readonly #members = new Map<string, Member>()
  readonly #locks = new Map<string, Lock>()
  /** Online members in the eyes of each node; follows the ring a moment later. */
  readonly #onlineSeenBy = new Map<string, ReadonlySet<string>>()
  #instances = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const disk: Version = { number: 0, files: {} }
    for (const node of surroundings.nodes) this.#members.set(node, { disk, instance: 0, synced: false })
  }

  start(node: string): void {
    const { disk } = this.#member(node)
    this.#instances += 1
    this.#members.set(node, {
      disk,
      loadedAtMs: this.#with.scheduler.nowMs(),
      instance: this.#instances,
      synced: false,
    })
  }

  /** Ends it, orderly or not: what was written is on disk. */
  stop(node: string): void {
    const { disk } = this.#member(node)
    this.#members.set(node, { disk, instance: 0, synced: false })
    this.#onlineSeenBy.delete(node)
  }

  membershipChanged(node: string): void {
    const member = this.#member(node)
    if (member.loadedAtMs === undefined) return
    const { corosync, scheduler, random, parameters } = this.#with
    const [least, most] = parameters.pmxcfsMembers
    scheduler.at(scheduler.nowMs() + Math.round(random.between(least, most)), () => {
      if (this.#member(node) === member) this.#seeMembers(node)
    })
    if (!corosync.isQuorate(node)) {
      if (!member.synced) return
      member.synced = false
      this.#with.log(node, '[status] notice: node lost quorum')
      this.#with.quorumChanged(node)
      return
    }
    if (member.synced) return
    scheduler.at(scheduler.nowMs() + millisecondsIn(parameters.pmxcfsSync, random), () => {
      if (this.#member(node) !== member || member.synced || !corosync.isQuorate(node)) return
      member.synced = true
      this.#adoptNewest(node)
      for (const peer of corosync.membersSeenBy(node)) this.#seeMembers(peer)
      this.#with.log(node, '[status] notice: node has quorum')
      this.#with.quorumChanged(node)
    })
  }

  isQuorate(node: string): boolean {
    return this.#member(node).synced
  }

  /** Quorate, and no member lost whose loss the ring has not yet agreed on: a real write would block there. */
  canWrite(node: string): boolean {
    return this.#member(node).synced && !this.#with.corosync.isForming(node)
  }

  /** Whether `viewer` sees `node` as an online member. */
  isOnline(viewer: string, node: string): boolean {
    return this.#member(viewer).synced && (this.#onlineSeenBy.get(viewer)?.has(node) ?? false)
  }

  read(node: string, file: string): unknown {
    return this.#member(node).disk.files[file]
  }

  /** False without quorum. The value must not be changed afterwards. */
  write(node: string, file: string, value: unknown): boolean {
    const writer = this.#member(node)
    if (!this.canWrite(node)) return false
    const { number, files } = writer.disk
    const next: Version = { number: number + 1, files: { ...files, [file]: value } }
    for (const name of this.#with.corosync.membersSeenBy(node)) {
      const member = this.#member(name)
      if (member.synced) member.disk = next
    }
    this.#with.witness?.written(node, file)
    return true
  }

  /** Writes a file on all disks at once: what a lab had before it was switched off. */
  install(file: string, value: unknown): void {
    for (const member of this.#members.values())
      member.disk = { number: member.disk.number + 1, files: { ...member.disk.files, [file]: value } }
  }

  acquireLock(node: string, name: string): LockAttempt {
    const outcome = this.#attemptLock(node, name)
    this.#with.witness?.lockAsked(name, node, this.#member(node).instance, outcome)
    return outcome
  }

  #attemptLock(node: string, name: string): LockAttempt {
    const member = this.#member(node)
    if (!this.canWrite(node)) return 'refused'
    const nowMs = this.#with.scheduler.nowMs()
    const lock = this.#locks.get(name)
    if (lock !== undefined && nowMs < (lock.unlockedAtMs ?? Number.POSITIVE_INFINITY)) {
      if (lock.node === node && lock.instance === member.instance) {
        lock.renewedAtMs = nowMs
        return 'renewed'
      }
      if (lock.unlockedAtMs !== undefined || nowMs <= this.#expiresAtMs(node, lock)) return 'refused'
      // The answer of the cluster may come within the same round of the asking daemon, or after it.
      const isInTime = this.#with.random.fraction() < this.#with.parameters.lockUnlockInTime
      lock.unlockedAtMs = isInTime ? nowMs : nowMs + 1
      return 'requested'
    }
    this.#locks.set(name, { node, instance: member.instance, renewedAtMs: nowMs })
    return 'acquired'
  }

  /** False when it is not this node's or there is no quorum. */
  releaseLock(node: string, name: string): boolean {
    const member = this.#member(node)
    const lock = this.#locks.get(name)
    if (!this.canWrite(node) || lock === undefined || lock.node !== node || lock.instance !== member.instance)
      return false
    this.#locks.delete(name)
    this.#with.witness?.lockReleased(name)
    this.#with.lockReleased(name)
    return true
  }

  /** The moment from which `node` may ask for the lock; the past when it is free. */
  lockFreeAtMs(node: string, name: string): number {
    const lock = this.#locks.get(name)
    return lock === undefined || lock.unlockedAtMs !== undefined
      ? Number.NEGATIVE_INFINITY
      : this.#expiresAtMs(node, lock)
  }

  #expiresAtMs(asking: string, lock: Lock): number {
    const decider = this.#with.corosync.membersSeenBy(asking)[0]
    const clockStartMs = decider === undefined ? 0 : (this.#member(decider).loadedAtMs ?? 0)
    return Math.max(lock.renewedAtMs, clockStartMs) + this.#with.parameters.lockLifetime * 1000
  }

  /** A member of the ring is online once its file system has joined, and until the ring is one without it. */
  #seeMembers(viewer: string): void {
    const before = this.#onlineSeenBy.get(viewer)
    const online = this.#with.corosync
      .membersSeenBy(viewer)
      .filter((node) => this.#member(node).synced || before?.has(node))
    this.#onlineSeenBy.set(viewer, new Set(online))
  }

  #adoptNewest(node: string): void {
    const peers = this.#with.corosync
      .membersSeenBy(node)
      .map((name) => this.#member(name))
      .filter((peer) => peer.loadedAtMs !== undefined)
    const newest = peers.reduce((best, peer) => (peer.disk.number > best.disk.number ? peer : best))
    for (const peer of peers) peer.disk = newest.disk
  }

  #member(node: string): Member {
    const member = this.#members.get(node)
    if (member === undefined) throw new Error(`no such node: ${node}`)
    return member
  }
}
