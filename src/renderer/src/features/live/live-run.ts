/** What the stream of a run has told so far. The fold of the journal is the same as the host's own. */
import {
  emptyRunState,
  foldJournal,
  type JournalEntry,
  type RunState,
} from '../../../../shared/domain/journal.ts'
import type { SeriesBuckets } from '../../../../shared/domain/series-buckets.ts'
import type { RunFrame, Speed } from '../../../../shared/host-api/table.ts'

export interface LiveRun {
  readonly state: RunState
  readonly entries: readonly JournalEntry[]
  /** By series index. */
  readonly buckets: ReadonlyMap<number, SeriesBuckets>
  readonly nowMs: number
  readonly speed?: Speed
  /** True while a process drives the run; false when only its file is being read. */
  readonly isDriven: boolean
}

export const emptyLiveRun: LiveRun = {
  state: emptyRunState,
  entries: [],
  buckets: new Map(),
  nowMs: 0,
  isDriven: false,
}

/** Entries that were seen before (a stream that was subscribed again) are passed over. */
export function foldFrame(run: LiveRun, frame: RunFrame): LiveRun {
  const fresh = frame.entries.filter(({ seq }) => seq > run.state.lastSeq)
  return {
    state: fresh.reduce(foldJournal, run.state),
    entries: fresh.length === 0 ? run.entries : [...run.entries, ...fresh],
    buckets: foldBuckets(run.buckets, frame.buckets),
    nowMs: frame.nowMs,
    speed: frame.speed,
    isDriven: frame.live,
  }
}

function foldBuckets(
  held: LiveRun['buckets'],
  updates: readonly SeriesBuckets[],
): ReadonlyMap<number, SeriesBuckets> {
  let next: Map<number, SeriesBuckets> | undefined
  for (const update of updates) {
    const before = held.get(update.series)
    const after = mergeBuckets(before, update)
    if (after === before) continue
    next ??= new Map(held)
    next.set(update.series, after)
  }
  return next ?? held
}

/**
 * Lays an update over what is held. Buckets before the update stay, from its first one on it decides. An update
 * that changes nothing gives back the same object, so that charts are not drawn again for nothing; one on
 * another grid replaces everything.
 */
export function mergeBuckets(held: SeriesBuckets | undefined, update: SeriesBuckets): SeriesBuckets {
  const sameGrid = held?.startMs === update.startMs && held.bucketMs === update.bucketMs
  if (held === undefined || !sameGrid || update.first < held.first) return update
  const kept = update.first - held.first
  if (kept > held.ok.length) return padded(held, update, kept)
  if (sameTail(held, update, kept)) return held
  const join = <T>(before: readonly T[], after: readonly T[]): readonly T[] => [
    ...before.slice(0, kept),
    ...after,
  ]
  return {
    ...update,
    first: held.first,
    ok: join(held.ok, update.ok),
    late: join(held.late, update.late),
    bad: join(held.bad, update.bad),
    void: join(held.void, update.void),
    rttMinUs: join(held.rttMinUs, update.rttMinUs),
    rttMaxUs: join(held.rttMaxUs, update.rttMaxUs),
    rttMeanUs: join(held.rttMeanUs, update.rttMeanUs),
  }
}

/** Buckets between what is held and the update hold no sample. */
function padded(held: SeriesBuckets, update: SeriesBuckets, kept: number): SeriesBuckets {
  const missing = kept - held.ok.length
  const counts = [...new Array<number>(missing).fill(0)]
  const times = [...new Array<number | null>(missing).fill(null)]
  return {
    ...update,
    first: held.first,
    ok: [...held.ok, ...counts, ...update.ok],
    late: [...held.late, ...counts, ...update.late],
    bad: [...held.bad, ...counts, ...update.bad],
    void: [...held.void, ...counts, ...update.void],
    rttMinUs: [...held.rttMinUs, ...times, ...update.rttMinUs],
    rttMaxUs: [...held.rttMaxUs, ...times, ...update.rttMaxUs],
    rttMeanUs: [...held.rttMeanUs, ...times, ...update.rttMeanUs],
  }
}

/** Counts only grow, so equal counts mean equal buckets. */
function sameTail(held: SeriesBuckets, update: SeriesBuckets, kept: number): boolean {
  if (held.ok.length - kept !== update.ok.length) return false
  return (['ok', 'late', 'bad', 'void'] as const).every((name) =>
    update[name].every((count, index) => held[name][kept + index] === count),
  )
}
