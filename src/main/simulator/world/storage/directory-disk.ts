import type { LabGuest, LabStorage } from '../../../../shared/domain/lab.ts'
import type { DiskMove, GuestDisk } from './guest-storage.ts'
import { type RecordRange, RecordSet } from './record-set.ts'

/** A disk in a directory of one node. Elsewhere it does not exist, so the guest does not start there. */
export class DirectoryDisk implements GuestDisk {
  readonly storage: LabStorage
  readonly #volume: string
  readonly #writtenMiB: number
  #home: string
  #content = RecordSet.empty

  constructor(storage: LabStorage, guest: LabGuest, writtenMiB: number) {
    this.storage = storage
    this.#home = guest.node
    this.#writtenMiB = writtenMiB
    this.#volume = directoryVolume(storage, guest)
  }

  answers(node: string): boolean {
    return node === this.#home
  }

  opens(): boolean {
    return true
  }

  startRefusal(node: string): string | undefined {
    return node === this.#home ? undefined : `volume '${this.#volume}' does not exist`
  }

  open(): void {}

  close(): void {}

  planMove(from: string): DiskMove {
    const refusal = this.startRefusal(from)
    return refusal === undefined ? { copyMiB: this.#writtenMiB } : { refusal }
  }

  move(_from: string, to: string): void {
    this.#home = to
  }

  keep(records: RecordRange): void {
    this.#content = this.#content.with(records)
  }

  get content(): RecordSet {
    return this.#content
  }
}

/** `local:101/vm-101-disk-0.qcow2`; containers have raw images. */
export function directoryVolume({ name }: LabStorage, { id }: LabGuest): string {
  const number = id.slice(3)
  return `${name}:${number}/vm-${number}-disk-0.${id.startsWith('vm:') ? 'qcow2' : 'raw'}`
}
