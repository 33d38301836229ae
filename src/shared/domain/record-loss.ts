/**
 * What the lab's ledger says of records that guests wrote: a line of the lab's log for each loss, written when a guest
 * finds it. Writer and reader of these lines are kept together here.
 */

/** Why records that were acknowledged are not on the disk that a guest uses now. */
export const lossCauses = [
  /** It runs from a replica of an earlier moment. */
  'stale-replica',
  /** The server of the storage had them in memory only when it lost power. */
  'server-cache',
  /** They were still on their way to the other copy when their node died. */
  'asynchronous-replication',
  /** The OSDs that serve the pool never had them. Ceph waits for those that have; so this shows a fault of the model. */
  'forgotten-by-pool',
  /** They were written to the other copy while this one was not connected. */
  'diverged-copy',
] as const
export type LossCause = (typeof lossCauses)[number]

/** Source of the lines, beside the daemons of the nodes. */
export const recordLogSource = 'lab'

/** Records `from` to `to`, the latter not included. */
export function lostRecordsLine(guest: string, from: number, to: number, cause: LossCause): string {
  return `${guest} lost ${to - from} acknowledged records, ${from} to ${to - 1} (${cause})`
}

/** A copy that was thought gone is in use again. */
export function foundRecordsLine(guest: string, records: number): string {
  return `${guest} has ${records} of its lost records again`
}

export type RecordNews =
  | { readonly kind: 'lost'; readonly guest: string; readonly records: number; readonly cause: LossCause }
  | { readonly kind: 'found'; readonly guest: string; readonly records: number }

/** What such a line says; undefined for any other. */
export function recordNewsOf(message: string): RecordNews | undefined {
  const lost = /^(\S+) lost (\d+) acknowledged records, \d+ to \d+ \((\S+)\)$/.exec(message)
  const cause = lossCauses.find((known) => known === lost?.[3])
  if (lost !== null && cause !== undefined)
    return { kind: 'lost', guest: lost[1] ?? '', records: Number(lost[2]), cause }
  const found = /^(\S+) has (\d+) of its lost records again$/.exec(message)
  return found === null ? undefined : { kind: 'found', guest: found[1] ?? '', records: Number(found[2]) }
}
