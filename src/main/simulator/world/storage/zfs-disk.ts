import type { LabGuest, LabStorage } from '../../../../shared/domain/lab.ts'
import type { WorldParameters } from '../parameters.ts'
import type { DiskListener, DiskMove, GuestDisk } from './guest-storage.ts'
import { type RecordRange, RecordSet, recordsMiB } from './record-set.ts'
import { ReplicationJob, type ReplicationPaths } from './replication-job.ts'

interface Surroundings {
  readonly parameters: WorldParameters
  readonly writtenMiB: number
  readonly paths: ReplicationPaths
  readonly listener: DiskListener
}

interface NewReplication {
  readonly id: string
  readonly target: string
  readonly everyMinutes: number
}

/**
 * A volume in a pool of the same name on every node, copied to others by a schedule. The guest runs from the
 * copy of its own node; where that is a replica, from the moment of its last sync.
 */
export class ZfsDisk implements GuestDisk {
  readonly storage: LabStorage
  #jobs: readonly ReplicationJob[]
  readonly #with: Surroundings
  readonly #dataset: string
  readonly #copies = new Map<string, RecordSet>()
  /** Node of the copy that the guest uses, or used last. */
  #active: string

  constructor(storage: LabStorage, guest: LabGuest, surroundings: Surroundings) {
    this.storage = storage
    this.#with = surroundings
    this.#active = guest.node
    this.#dataset = `${storage.name}/${zfsVolume(guest)}`
    this.#copies.set(guest.node, RecordSet.empty)
    this.#jobs = (guest.replication ?? []).map(({ target, everyMinutes }, number) =>
      this.#createJob({ id: `${guest.id.slice(3)}-${number}`, target, everyMinutes }),
    )
    // The first sync was made when the lab was.
    for (const { target } of this.jobs) this.#copies.set(target, RecordSet.empty)
  }

  get jobs(): readonly ReplicationJob[] {
    return this.#jobs
  }

  /** A job whose target has nothing yet. */
  replicate(job: NewReplication): ReplicationJob {
    const made = this.#createJob({ ...job, isNew: true })
    this.#jobs = [...this.#jobs, made]
    return made
  }

  /** The replica goes as well, unless it is to be kept. */
  stopReplication(job: ReplicationJob, keepsReplica: boolean): void {
    job.remove()
    this.#jobs = this.#jobs.filter((each) => each !== job)
    if (!keepsReplica && job.target !== this.#active) this.#copies.delete(job.target)
  }

  #createJob(job: NewReplication & { readonly isNew?: boolean }): ReplicationJob {
    const { paths, parameters, writtenMiB } = this.#with
    return new ReplicationJob({
      ...job,
      paths,
      parameters,
      volume: {
        snapshot: (node) => this.#snapshot(node),
        put: (node, content) => this.#copies.set(node, content),
        fullMiB: writtenMiB,
      },
    })
  }

  answers(node: string): boolean {
    return this.#copies.has(node)
  }

  opens(): boolean {
    return true
  }

  startRefusal(node: string): string | undefined {
    return this.#copies.has(node)
      ? undefined
      : `zfs error: cannot open '${this.#dataset}': dataset does not exist`
  }

  open(node: string): void {
    if (node !== this.#active) this.#turnJobs(this.#active, node)
    this.#active = node
    this.#with.listener.contentChanged(node, 'stale-replica')
  }

  close(): void {}

  planMove(from: string, to: string, live: boolean): DiskMove {
    const refusal = this.startRefusal(from)
    if (refusal !== undefined) return { refusal }
    const job = this.jobs.find(({ target }) => target === to)
    if (live && this.jobs.length > 0 && job === undefined)
      return {
        refusal: `Cannot live-migrate replicated VM to node '${to}' - not a replication target. Use 'force' to override.`,
      }
    this.#with.listener.settle()
    return { copyMiB: job?.common === undefined ? this.#with.writtenMiB : this.#newMiB(from, job.common) }
  }

  move(from: string, to: string): void {
    this.#with.listener.settle()
    const content = this.#copies.get(from)
    if (content === undefined) return
    this.#copies.set(to, content)
    this.#turnJobs(from, to, content)
    // A volume that is no replica leaves nothing behind.
    if (!this.jobs.some(({ target }) => target === from)) this.#copies.delete(from)
    if (this.#active === from) this.#active = to
  }

  keep(records: RecordRange): void {
    this.#copies.set(this.#active, this.content.with(records))
  }

  get content(): RecordSet {
    return this.#copies.get(this.#active) ?? RecordSet.empty
  }

  pathsChanged(): void {
    for (const job of this.jobs) job.pathsChanged()
  }

  /** The guest is at one of the targets now: that job goes the other way. */
  #turnJobs(from: string, to: string, common?: RecordSet): void {
    for (const job of this.jobs) if (job.target === to) job.turn(from, common)
  }

  #snapshot(node: string): RecordSet | undefined {
    this.#with.listener.settle()
    return this.#copies.get(node)
  }

  #newMiB(node: string, common: RecordSet): number {
    return recordsMiB((this.#copies.get(node) ?? RecordSet.empty).without(common).count)
  }
}

/** `vm-101-disk-0`, or `subvol-102-disk-0` of a container. */
export function zfsVolume({ id }: LabGuest): string {
  return `${id.startsWith('vm:') ? 'vm' : 'subvol'}-${id.slice(3)}-disk-0`
}
