import assert from 'node:assert'
import { type LabGuest, type LabStorage, storageOfGuest } from '../../../../shared/domain/lab.ts'
import type { Random } from '../../../contracts/random.ts'
import type { ClientLoad } from '../ceph/ceph-report.ts'
import { millisecondsIn } from '../parameters.ts'
import type { World } from '../world.ts'
import { DataLedger } from './data-ledger.ts'
import { DirectoryDisk } from './directory-disk.ts'
import { DrbdDisk } from './drbd-disk.ts'
import type { GuestDisk } from './guest-storage.ts'
import { NasServer } from './nas-server.ts'
import { NfsDisk } from './nfs-disk.ts'
import { NfsExport } from './nfs-export.ts'
import { outsideDisk } from './outside-disk.ts'
import { RbdDisk } from './rbd-disk.ts'
import type { ReplicationJob } from './replication-job.ts'
import { ZfsDisk } from './zfs-disk.ts'

interface Surroundings {
  readonly world: World
  readonly random: Random
  log(node: string, source: string, level: string, message: string): void
  /** A server was switched on or off. */
  serversChanged(): void
}

/** A replication job with the guest whose disk it copies. */
export interface GuestReplication {
  readonly guest: string
  readonly job: ReplicationJob
}

/** Of a record that a guest writes. */
const recordBytes = 4096

/** The storages of a lab with the disks of its guests. */
export class LabStorages {
  readonly #with: Surroundings
  readonly ledger: DataLedger
  /** NAS machines, which belong to the lab and are no members of the cluster. */
  readonly servers: readonly NasServer[]
  readonly #exports = new Map<string, NfsExport>()
  readonly #disks = new Map<string, GuestDisk>()
  readonly #cutOffSinceMs = new Map<string, number>()
  /** In seconds, by node, since paths last changed. */
  readonly #writeDelays = new Map<string, number>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { world, log } = surroundings
    const { lab, labTime: scheduler, parameters } = world
    this.ledger = new DataLedger({
      ratePerSecond: parameters.recordRate,
      delaySeconds: (guest) => this.#writeDelaySeconds(guest),
      nowMs: () => scheduler.nowMs(),
      log,
    })
    const shares = (lab.storages ?? []).filter((storage) => storage.kind === 'nfs')
    this.servers = [...new Set(shares.map(({ server }) => server))].map((name) => this.#createServer(name))
    for (const { name, server } of shares) this.#exports.set(name, this.#createExport(name, server))
    for (const guest of lab.guests) this.add(guest)
  }

  /** Gives a guest its disk. */
  add(guest: LabGuest): void {
    const disk = this.#createDisk(guest)
    this.#disks.set(guest.id, disk)
    this.ledger.add(guest.id, disk)
  }

  /** Copies a guest's disk, with what is on it, to where the description says now. */
  move(guest: LabGuest): GuestDisk {
    const { labTime: scheduler } = this.#with.world
    this.ledger.listenerOf(guest.id).settle()
    this.#endReplication(guest.id)
    const { content } = this.diskOf(guest.id)
    const disk = this.#createDisk(guest)
    const nowMs = scheduler.nowMs()
    for (const range of content.ranges) disk.keep(range, nowMs, nowMs)
    this.#disks.set(guest.id, disk)
    this.ledger.moved(guest.id, disk)
    return disk
  }

  /** Destroys the disk of a guest, with what is known of what it wrote. */
  remove(guest: string): void {
    this.#endReplication(guest)
    this.#disks.delete(guest)
    this.ledger.remove(guest)
  }

  diskOf(guest: string): GuestDisk {
    const disk = this.#disks.get(guest)
    if (disk === undefined) throw new Error(`no disk of ${guest}`)
    return disk
  }

  /** The volume of a guest that can be replicated; undefined for disks elsewhere. */
  zfsDiskOf(guest: string): ZfsDisk | undefined {
    const disk = this.diskOf(guest)
    return disk instanceof ZfsDisk ? disk : undefined
  }

  /** All replication jobs, in the order of the lab's guests. */
  get replications(): readonly GuestReplication[] {
    return [...this.#disks].flatMap(([guest, disk]) =>
      disk instanceof ZfsDisk ? disk.jobs.map((job) => ({ guest, job })) : [],
    )
  }

  /** Whether an NFS storage answers a node. */
  isOnline(storage: string, node: string): boolean {
    return this.#exports.get(storage)?.isOnline(node) ?? true
  }

  /** To be called whenever a path between two machines may have come or gone. */
  reconsider(): void {
    const { labTime: scheduler, ceph, lab } = this.#with.world
    this.#writeDelays.clear()
    const cephNodes = lab.nodes.map(({ name }) => name).filter((name) => ceph.has(name))
    for (const node of cephNodes) {
      const others = cephNodes.filter((other) => other !== node)
      const isCutOff = others.length > 0 && !others.some((other) => this.#reaches(node, other))
      if (!isCutOff) this.#cutOffSinceMs.delete(node)
      else if (!this.#cutOffSinceMs.has(node)) this.#cutOffSinceMs.set(node, scheduler.nowMs())
    }
    for (const share of this.#exports.values()) share.pathsChanged()
    for (const disk of this.#disks.values()) disk.pathsChanged?.()
  }

  /** The Ceph pool may have begun or ceased to answer. */
  poolChanged(): void {
    for (const disk of this.#disks.values()) if (disk instanceof RbdDisk) disk.poolChanged()
  }

  #endReplication(guest: string): void {
    for (const job of this.zfsDiskOf(guest)?.jobs ?? []) job.remove()
  }

  #createServer(name: string): NasServer {
    const { world, random, log, serversChanged } = this.#with
    const { labTime: scheduler, parameters } = world
    return new NasServer(name, {
      scheduler,
      random: random.fork(`server ${name}`),
      parameters,
      log,
      crashed: () => this.#serverCrashed(name),
      changed: serversChanged,
    })
  }

  #createExport(storage: string, serverName: string): NfsExport {
    const { lab, labTime: scheduler, parameters } = this.#with.world
    const server = this.servers.find(({ name }) => name === serverName)
    assert(server !== undefined, `no such server: ${serverName}`)
    return new NfsExport({
      server,
      nodes: lab.nodes.map(({ name }) => name),
      scheduler,
      random: this.#with.random.fork(`export ${storage}`),
      parameters,
      reaches: this.#reaches,
      changed: () => {
        for (const [guest, disk] of this.#disks) if (disk.storage?.name === storage) this.#diskChanged(guest)
      },
    })
  }

  /** What its exports answered for without writing it is gone. */
  #serverCrashed(name: string): void {
    const { labTime: scheduler, parameters } = this.#with.world
    const chance = this.#with.random.fork(`crash of ${name} at ${scheduler.nowMs()}`)
    const sinceMs = scheduler.nowMs() - millisecondsIn(parameters.nfsServerCache, chance)
    for (const disk of this.#disks.values()) {
      const { storage } = disk
      const isOnServer = storage?.kind === 'nfs' && storage.server === name && storage.writes === 'async'
      if (isOnServer && disk instanceof NfsDisk) disk.loseSince(sinceMs)
    }
  }

  #createDisk(guest: LabGuest): GuestDisk {
    const storage = storageOfGuest(this.#with.world.lab, guest)
    switch (storage?.kind) {
      case undefined:
        return outsideDisk()
      case 'dir':
        return new DirectoryDisk(storage, guest, this.#writtenMiB(guest))
      case 'rbd':
        return this.#createRbdDisk(storage, guest)
      case 'zfspool':
        return this.#createZfsDisk(storage, guest)
      case 'nfs':
        return this.#createNfsDisk(storage, guest)
      case 'drbd':
        return new DrbdDisk(storage, guest.id, {
          ...this.#common(guest),
          listener: this.ledger.listenerOf(guest.id),
          reaches: this.#reaches,
          log: this.#with.log,
          answersNow: () => this.#diskChanged(guest.id),
        })
    }
  }

  #common(guest: LabGuest) {
    const { labTime: scheduler, parameters } = this.#with.world
    return { scheduler, parameters, random: this.#with.random.fork(`disk ${guest.id}`) }
  }

  #createRbdDisk(storage: LabStorage, guest: LabGuest): RbdDisk {
    const { ceph } = this.#with.world
    return new RbdDisk(storage, {
      ...this.#common(guest),
      history: ceph.writes,
      listener: this.ledger.listenerOf(guest.id),
      pool: {
        diskAnswers: (node) => ceph.diskAnswers(node),
        diskOpens: (node) => ceph.diskOpens(node),
        cutOffSinceMs: (node) => this.#cutOffSinceMs.get(node),
      },
      answersNow: () => this.#diskChanged(guest.id),
    })
  }

  #createZfsDisk(storage: LabStorage, guest: LabGuest): ZfsDisk {
    const { network, shared } = this.#with.world
    const { parameters, ...clock } = this.#common(guest)
    return new ZfsDisk(storage, guest, {
      parameters,
      writtenMiB: this.#writtenMiB(guest),
      listener: this.ledger.listenerOf(guest.id),
      paths: {
        ...clock,
        home: () => this.#homeOf(guest.id),
        isOnline: (viewer, node) => shared.isOnline(viewer, node),
        reaches: (from, to) => network.reaches(from, to, 'management'),
      },
    })
  }

  #createNfsDisk(storage: LabStorage, guest: LabGuest): NfsDisk {
    const share = this.#exports.get(storage.name)
    assert(share !== undefined, `no export of ${storage.name}`)
    return new NfsDisk(storage, {
      share,
      listener: this.ledger.listenerOf(guest.id),
      cacheMostMs: this.#with.world.parameters.nfsServerCache[1] * 1000,
    })
  }

  /** Where a guest's configuration lies in the eyes of a node whose services run with quorum. */
  #homeOf(id: string): string | undefined {
    const { world } = this.#with
    const guest = world.guest(id)
    return world.nodes.find(
      ({ name, apiUp }) =>
        apiUp && world.shared.isQuorate(name) && world.configuredNode(guest, name) === name,
    )?.name
  }

  /** What running guests write to the Ceph pool, of those on nodes where its disks answer; undefined if none does. */
  poolLoad(answersOn: (node: string) => boolean): ClientLoad | undefined {
    const { world } = this.#with
    let writes = 0
    for (const { spec, host, isRunning, isPaused } of world.guests) {
      const isWriting = isRunning && !isPaused && host !== undefined && answersOn(host)
      if (isWriting && this.#disks.get(spec.id) instanceof RbdDisk)
        writes += 1 / (1 / world.parameters.recordRate + this.#writeDelaySeconds(spec.id))
    }
    if (writes === 0) return undefined
    const writeOperations = Math.round(writes)
    return { readBytes: 0, writeBytes: writeOperations * recordBytes, readOperations: 0, writeOperations }
  }

  /** Only what the Ceph pool takes longer is reckoned with. */
  #writeDelaySeconds(guest: string): number {
    const { world } = this.#with
    if (world.network.isPerfect) return 0
    const { host } = world.guest(guest)
    if (host === undefined || !(this.#disks.get(guest) instanceof RbdDisk)) return 0
    const known = this.#writeDelays.get(host)
    if (known !== undefined) return known
    const delaySeconds = world.ceph.writeDelaySeconds(host)
    this.#writeDelays.set(host, delaySeconds)
    return delaySeconds
  }

  readonly #reaches = (from: string, to: string) => this.#with.world.network.reaches(from, to, 'cluster')

  #diskChanged(guest: string): void {
    this.#with.world.guest(guest).refreshDisk()
  }

  /** What a guest's disk has written so far, so what a copy of the volume takes. */
  #writtenMiB({ diskGB }: LabGuest): number {
    return Math.min(this.#with.world.parameters.diskWritten, diskGB * 1024)
  }
}
