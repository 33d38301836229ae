import { type Lab, type LabGuest, storageOfGuest } from '../../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import type { CephCluster } from '../ceph/ceph-cluster.ts'
import type { WorldParameters } from '../parameters.ts'
import { DataLedger } from './data-ledger.ts'
import { DirectoryDisk } from './directory-disk.ts'
import type { GuestDisk } from './guest-storage.ts'
import { outsideDisk } from './outside-disk.ts'
import { RbdDisk } from './rbd-disk.ts'

interface Surroundings {
  readonly lab: Lab
  readonly ceph: CephCluster
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  /** Both machines have power and a path between them over the cluster network. */
  reaches(from: string, to: string): boolean
  log(node: string, source: string, level: string, message: string): void
  /** The disk of that guest may have begun or ceased to answer. */
  diskChanged(guest: string): void
}

/** The storages of a lab with the disks of its guests. */
export class LabStorages {
  readonly #with: Surroundings
  readonly ledger: DataLedger
  readonly #disks = new Map<string, GuestDisk>()
  readonly #cephNodes: readonly string[]
  readonly #cutOffSinceMs = new Map<string, number>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    const { lab, scheduler, parameters, log } = surroundings
    this.#cephNodes = lab.nodes.filter((node) => node.cephDiskGB > 0).map(({ name }) => name)
    this.ledger = new DataLedger({
      ratePerSecond: parameters.recordRate,
      nowMs: () => scheduler.nowMs(),
      log,
    })
    for (const guest of lab.guests) {
      const disk = this.#createDisk(guest)
      this.#disks.set(guest.id, disk)
      this.ledger.add(guest.id, disk)
    }
  }

  diskOf(guest: string): GuestDisk {
    const disk = this.#disks.get(guest)
    if (disk === undefined) throw new Error(`no disk of ${guest}`)
    return disk
  }

  /** To be called whenever a path between two machines may have come or gone. */
  reconsider(): void {
    const { scheduler, reaches } = this.#with
    for (const node of this.#cephNodes) {
      const others = this.#cephNodes.filter((other) => other !== node)
      const isCutOff = others.length > 0 && !others.some((other) => reaches(node, other))
      if (!isCutOff) this.#cutOffSinceMs.delete(node)
      else if (!this.#cutOffSinceMs.has(node)) this.#cutOffSinceMs.set(node, scheduler.nowMs())
    }
  }

  #createDisk(guest: LabGuest): GuestDisk {
    const { lab, parameters } = this.#with
    const storage = storageOfGuest(lab, guest)
    switch (storage?.kind) {
      case undefined:
        return outsideDisk()
      case 'dir':
        return new DirectoryDisk(storage, guest, writtenMiB(guest, parameters))
      case 'rbd': {
        const { ceph, scheduler, random, diskChanged } = this.#with
        return new RbdDisk(storage, {
          pool: {
            diskAnswers: (node) => ceph.diskAnswers(node),
            diskOpens: (node) => ceph.diskOpens(node),
            cutOffSinceMs: (node) => this.#cutOffSinceMs.get(node),
          },
          scheduler,
          random: random.fork(`image ${guest.id}`),
          parameters,
          answersNow: () => diskChanged(guest.id),
        })
      }
    }
  }
}

/** What a guest's disk has written so far, so what a copy of the volume takes. */
function writtenMiB({ diskGB }: LabGuest, { diskWritten }: WorldParameters): number {
  return Math.min(diskWritten, diskGB * 1024)
}
