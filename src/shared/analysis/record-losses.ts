/** Which acknowledged records guests lost to which fault, from what the lab's ledger wrote into the journal. */
import type { JournalEntry } from '../domain/journal.ts'
import { recordLogSource, recordNewsOf } from '../domain/record-loss.ts'
import type { RecordLossResult } from '../domain/results.ts'
import type { FaultSpan } from './faults.ts'
import type { Window } from './sample-scan.ts'

/**
 * In the order in which guests found them. A loss is put down to the last fault that was begun before: some are lost with
 * the blow, before the injection is verified. What a guest had again later is taken off its latest losses.
 */
export function recordLossesOf(
  entries: readonly JournalEntry[],
  spans: readonly FaultSpan[],
  window: Window,
): readonly RecordLossResult[] {
  const losses: RecordLossResult[] = []
  for (const { atMs, event } of entries) {
    if (event.type !== 'lab-log' || event.source !== recordLogSource) continue
    if (atMs < window.fromMs || atMs > window.toMs) continue
    const news = recordNewsOf(event.message)
    if (news?.kind === 'found') takeBack(losses, news.guest, news.records)
    if (news?.kind !== 'lost') continue
    const { guest, records, cause } = news
    const begun = spans.findLast((span) => (span.fault.aimedAtMs ?? span.injectedAtMs) <= atMs)
    const fault = begun?.fault.id
    losses.push({ guest, ...(fault === undefined ? {} : { fault }), node: event.node, atMs, records, cause })
  }
  return losses.filter(({ records }) => records > 0)
}

function takeBack(losses: RecordLossResult[], guest: string, records: number): void {
  let left = records
  for (const [index, loss] of [...losses.entries()].reverse()) {
    if (loss.guest !== guest) continue
    const back = Math.min(left, loss.records)
    losses[index] = { ...loss, records: loss.records - back }
    left -= back
  }
}

/** Of one guest, or of what one fault did to it. */
export function lostRecordsOf(losses: readonly RecordLossResult[], guest: string, fault?: string): number {
  return losses
    .filter((loss) => loss.guest === guest && (fault === undefined || loss.fault === fault))
    .reduce((sum, { records }) => sum + records, 0)
}
