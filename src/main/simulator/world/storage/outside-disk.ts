import type { GuestDisk } from './guest-storage.ts'
import { RecordSet } from './record-set.ts'

/** A disk in a storage that is no part of the lab and reached from every node at all times. */
export function outsideDisk(): GuestDisk {
  let content = RecordSet.empty
  return {
    storage: undefined,
    answers: () => true,
    opens: () => true,
    startRefusal: () => undefined,
    open: () => {},
    close: () => {},
    planMove: () => ({ copyMiB: 0 }),
    move: () => {},
    keep(records) {
      content = content.with(records)
    },
    get content() {
      return content
    },
  }
}
