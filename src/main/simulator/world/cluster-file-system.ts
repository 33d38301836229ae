import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { Corosync } from './corosync.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'
import type { WorldWitness } from './world-witness.ts'

/** One file system as nodes have it on their disks. Replaced at a write, unless all who have it write along. */
interface Version {
  number: number
  /** All who have it write along, and nobody else has it, for as long as no member comes, goes or changes. */
  isShared: boolean
  readonly files: Map<string, unknown>
  readonly locks: Map<string, Lock>
}

interface Member {
  disk: Version
  /** Undefined while the file system does not run. */
  readonly loadedAtMs?: number
  synced: boolean
}

interface Lock {
  readonly node: string
  /** Only the process that wrote a lock renews it; one that follows it has to wait. */
  readonly process: string
  readonly renewedAtMs: number
  /** Somebody asked for it after it had expired: from then on the next attempt gets it. */
  readonly unlockedAtMs?: number
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
 * partition is the truth. Only who lowers the expected votes can have two partitions write, each its own copies;
 * when they meet, the newer copy replaces the other.
 *
 * Locks are part of the copies. They live 120 s after their last renewal, by the clock of the
 * member with the lowest node id, which starts all clocks anew when it loads its copy.
 */
export class ClusterFileSystem {
  readonly #with: Surroundings
  readonly #members = new Map<string, Member>()
  /** Online members in the eyes of each node; follows the ring a moment later. */
  readonly #onlineSeenBy = new Map<string, ReadonlySet<string>>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const disk = emptyVersion()
    for (const node of surroundings.nodes) this.#members.set(node, { disk, synced: false })
  }

  /** Where corosync runs already, it joins the others of its ring at once. */
  start(node: string): void {
    const { disk } = this.#member(node)
    this.#replace(node, { disk, loadedAtMs: this.#with.scheduler.nowMs(), synced: false })
    if (this.#with.corosync.isRunning(node)) this.membershipChanged(node)
  }

  /** Ends it, orderly or not: what was written is on disk. */
  stop(node: string): void {
    const { disk } = this.#member(node)
    this.#replace(node, { disk, synced: false })
    this.#onlineSeenBy.delete(node)
  }

  /** Throws away what a node has: it joins a cluster, whose data it gets instead. */
  discard(node: string): void {
    this.#replace(node, { disk: emptyVersion(), synced: false })
    this.#onlineSeenBy.delete(node)
  }

  membershipChanged(node: string): void {
    this.#writersChange()
    const member = this.#member(node)
    if (member.loadedAtMs === undefined) return
    const { corosync, scheduler, random, parameters } = this.#with
    const [least, most] = parameters.pmxcfsMembers
    scheduler.at(scheduler.nowMs() + Math.round(random.between(least, most)), () => {
      if (this.#member(node) === member) this.#seeMembers(node)
    })
    if (!corosync.isQuorate(node)) this.#loseQuorum(node)
    else if (!member.synced) {
      // One that has run for a while hears of quorum at once, as soon as there is a ring that has it.
      const hasCorosync = scheduler.nowMs() - member.loadedAtMs >= parameters.pmxcfsRetry * 1000
      const waitMs = hasCorosync ? 0 : millisecondsIn(parameters.pmxcfsSync, random)
      scheduler.at(scheduler.nowMs() + waitMs, () => {
        if (this.#member(node) === member) this.#gainQuorum(node)
      })
    }
  }

  /** The same members now have the votes they need, or no longer: there is nothing to be synchronised first. */
  votesChanged(node: string): void {
    if (this.#member(node).loadedAtMs === undefined) return
    if (this.#with.corosync.isQuorate(node)) this.#gainQuorum(node)
    else this.#loseQuorum(node)
  }

  #loseQuorum(node: string): void {
    const member = this.#member(node)
    if (!member.synced) return
    this.#writersChange()
    member.synced = false
    this.#with.log(node, '[status] notice: node lost quorum')
    this.#with.quorumChanged(node)
  }

  #gainQuorum(node: string): void {
    const { corosync } = this.#with
    const member = this.#member(node)
    if (member.synced || !corosync.isQuorate(node)) return
    this.#writersChange()
    member.synced = true
    this.#adoptNewest(node)
    for (const peer of corosync.membersSeenBy(node)) this.#seeMembers(peer)
    this.#with.log(node, '[status] notice: node has quorum')
    this.#with.quorumChanged(node)
  }

  isRunning(node: string): boolean {
    return this.#member(node).loadedAtMs !== undefined
  }

  /** A peer's file system has ended while its node stays in the ring: soon it is no longer online. */
  missMember(viewer: string, gone: string): void {
    const { scheduler, random, parameters } = this.#with
    const [least, most] = parameters.pmxcfsMembers
    scheduler.at(scheduler.nowMs() + Math.round(random.between(least, most)), () => {
      const seen = this.#onlineSeenBy.get(viewer)
      if (seen === undefined || this.isRunning(gone)) return
      this.#onlineSeenBy.set(viewer, new Set([...seen].filter((node) => node !== gone)))
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
    return this.#member(node).disk.files.get(file)
  }

  /** Whether no node has a newer copy than they, whose file systems run, would agree on. */
  hasNewestCopy(nodes: readonly string[]): boolean {
    const known = nodes.map((node) => this.#member(node)).filter(({ loadedAtMs }) => loadedAtMs !== undefined)
    const newest = Math.max(...[...this.#members.values()].map(({ disk }) => disk.number))
    return known.some(({ disk }) => disk.number === newest)
  }

  /** False without quorum. The value must not be changed afterwards. */
  write(node: string, file: string, value: unknown): boolean {
    if (!this.canWrite(node)) return false
    this.#commit(node, ({ files }) => files.set(file, value))
    this.#with.witness?.written(node, file)
    return true
  }

  /** Gives all members of the writer's partition the next version. */
  #commit(node: string, change: (version: Version) => void): void {
    const { disk } = this.#member(node)
    if (disk.isShared) {
      disk.number += 1
      change(disk)
      return
    }
    const writers = this.#with.corosync
      .membersSeenBy(node)
      .map((name) => this.#member(name))
      .filter(({ synced }) => synced)
    const next = this.#isKeptByOthers(disk, writers) ? copyOf(disk) : disk
    next.number += 1
    change(next)
    for (const member of writers) member.disk = next
    next.isShared = true
  }

  #replace(node: string, member: Member): void {
    this.#writersChange()
    this.#members.set(node, member)
  }

  /** Who writes along is to be found anew. */
  #writersChange(): void {
    for (const { disk } of this.#members.values()) disk.isShared = false
  }

  /** Somebody who does not write along has this version on disk too. */
  #isKeptByOthers(version: Version, writers: readonly Member[]): boolean {
    for (const member of this.#members.values())
      if (member.disk === version && !writers.includes(member)) return true
    return false
  }

  #setLock(node: string, name: string, lock: Lock | undefined): void {
    this.#commit(node, ({ locks }) => (lock === undefined ? locks.delete(name) : locks.set(name, lock)))
  }

  /** Writes a file on all disks at once: what a lab had before it was switched off. */
  install(file: string, value: unknown): void {
    this.#writersChange()
    for (const member of this.#members.values()) {
      member.disk = copyOf(member.disk)
      member.disk.number += 1
      member.disk.files.set(file, value)
    }
  }

  /** `process` names the running process that asks, different after each of its starts. */
  acquireLock(node: string, name: string, process: string): LockAttempt {
    const outcome = this.#attemptLock(node, name, process)
    this.#with.witness?.lockAsked(name, node, process, outcome)
    return outcome
  }

  #attemptLock(node: string, name: string, process: string): LockAttempt {
    const member = this.#member(node)
    if (!this.canWrite(node)) return 'refused'
    const nowMs = this.#with.scheduler.nowMs()
    const lock = member.disk.locks.get(name)
    if (lock !== undefined && nowMs < (lock.unlockedAtMs ?? Number.POSITIVE_INFINITY)) {
      if (lock.node === node && lock.process === process) {
        // What somebody else asked for meanwhile is void: the lock is not the one that had expired.
        this.#setLock(node, name, { node, process, renewedAtMs: nowMs })
        return 'renewed'
      }
      if (lock.unlockedAtMs !== undefined || nowMs <= this.#expiresAtMs(node, lock)) return 'refused'
      // The answer of the cluster may come within the same round of the asking daemon, or after it.
      const isInTime = this.#with.random.fraction() < this.#with.parameters.lockUnlockInTime
      this.#setLock(node, name, { ...lock, unlockedAtMs: isInTime ? nowMs : nowMs + 1 })
      return 'requested'
    }
    this.#setLock(node, name, { node, process, renewedAtMs: nowMs })
    return 'acquired'
  }

  /** False when it is not this process's or there is no quorum. */
  releaseLock(node: string, name: string, process: string): boolean {
    const member = this.#member(node)
    const lock = member.disk.locks.get(name)
    if (!this.canWrite(node) || lock?.node !== node || lock.process !== process) return false
    this.#setLock(node, name, undefined)
    this.#with.witness?.lockReleased(name)
    this.#with.lockReleased(name)
    return true
  }

  /** Locks that somebody has, or had until he fell silent, as the node knows them. */
  lockNames(node: string): readonly string[] {
    return [...this.#member(node).disk.locks.keys()].sort()
  }

  /** The moment from which that process of `node` gets the lock if it asks; the past when it is free or its own. */
  lockFreeAtMs(node: string, name: string, process: string): number {
    const lock = this.#member(node).disk.locks.get(name)
    return lock === undefined || lock.unlockedAtMs !== undefined || lock.process === process
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

function emptyVersion(): Version {
  return { number: 0, isShared: false, files: new Map(), locks: new Map() }
}

function copyOf({ number, files, locks }: Version): Version {
  return { number, isShared: false, files: new Map(files), locks: new Map(locks) }
}
