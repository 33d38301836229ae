import type { LabStorage } from '../../../../shared/domain/lab.ts'
import type { DiskListener, DiskMove, GuestDisk } from './guest-storage.ts'
import type { NfsExport } from './nfs-export.ts'
import { RecentRecords } from './recent-records.ts'
import { type RecordRange, RecordSet } from './record-set.ts'

interface Surroundings {
  readonly share: NfsExport
  readonly listener: DiskListener
  /** Longest time that a server which answers before it writes keeps records in memory only. */
  readonly cacheMostMs: number
}

/** An image on an NFS export: one copy, on the server. */
export class NfsDisk implements GuestDisk {
  readonly storage: LabStorage
  readonly #with: Surroundings
  readonly #recent: RecentRecords
  #content = RecordSet.empty

  constructor(storage: LabStorage, surroundings: Surroundings) {
    this.storage = storage
    this.#with = surroundings
    this.#recent = new RecentRecords(surroundings.cacheMostMs)
  }

  answers(node: string): boolean {
    return this.#with.share.answers(node)
  }

  opens(node: string): boolean {
    return this.#with.share.opens(node)
  }

  startRefusal(node: string): string | undefined {
    return this.#with.share.isOnline(node) ? undefined : `storage '${this.storage.name}' is not online`
  }

  open(): void {}

  close(): void {}

  planMove(_from: string, to: string): DiskMove {
    const refusal = this.startRefusal(to)
    return refusal === undefined ? { copyMiB: 0 } : { refusal }
  }

  move(): void {}

  keep(records: RecordRange, fromMs: number, toMs: number): void {
    this.#content = this.#content.with(records)
    this.#recent.add(records, fromMs, toMs)
  }

  get content(): RecordSet {
    return this.#content
  }

  /** The server lost what it had answered for since then and not written yet. */
  loseSince(sinceMs: number): void {
    this.#with.listener.settle()
    for (const range of this.#recent.since(sinceMs))
      this.#content = this.#content.without(RecordSet.empty.with(range))
    this.#recent.forget()
    this.#with.listener.contentChanged(this.#with.share.server.name, 'server-cache')
  }
}
