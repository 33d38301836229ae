/** Which downtime belongs to which fault: what began between a fault's injection and the next one's. */
import type { FaultState, JournalEntry, RunState } from '../domain/journal.ts'
import type { FaultResult, RecordLossResult } from '../domain/results.ts'
import type { Episode, SeriesScan } from './outages.ts'
import { logMomentsOf, phasesOf, residualSecondsOf } from './phases.ts'
import { lostRecordsOf } from './record-losses.ts'

/** The scans of one guest's series; `primary` is the one its figures come from. */
export interface GuestScans {
  readonly guest: string
  readonly primary: SeriesScan
  readonly all: readonly SeriesScan[]
}

/** A fault that was injected, and the stretch of the run in which downtime is put down to it. */
export interface FaultSpan {
  readonly fault: FaultState
  readonly injectedAtMs: number
  readonly endMs: number
}

/** In the order of injection. */
export function faultSpansOf(state: RunState, endMs: number): readonly FaultSpan[] {
  const injected = state.faults
    .flatMap((fault) =>
      fault.injectedAtMs === undefined ? [] : [{ fault, injectedAtMs: fault.injectedAtMs }],
    )
    .sort((a, b) => a.injectedAtMs - b.injectedAtMs)
  return injected.map((item, index) => ({
    ...item,
    endMs: injected[index + 1]?.injectedAtMs ?? Math.max(endMs, item.injectedAtMs),
  }))
}

/**
 * The fault an episode is put down to; undefined when it began before any. A probe sent just before the injection
 * can be lost to it, because its answer was still due.
 */
export function faultOf(
  episode: Episode,
  spans: readonly FaultSpan[],
  deadlineMs: number,
): FaultSpan | undefined {
  return spans.findLast(({ injectedAtMs }) => episode.firstBadMs >= injectedAtMs - deadlineMs)
}

export function hitsGuest(fault: FaultState, guest: string): boolean {
  return fault.target?.guests.includes(guest) ?? false
}

export interface FaultEvidence {
  readonly state: RunState
  readonly entries: readonly JournalEntry[]
  readonly guests: readonly GuestScans[]
  readonly spans: readonly FaultSpan[]
  readonly recordLosses: readonly RecordLossResult[]
}

/** One result for each fault that came up; a fault the run never reached is left out. */
export function faultResultsOf(evidence: FaultEvidence): readonly FaultResult[] {
  const { state, entries, guests, spans, recordLosses } = evidence
  const log = logMomentsOf(entries)
  return state.faults.flatMap((fault) => {
    const status = statusOf(fault)
    if (status === undefined) return []
    const span = spans.find((item) => item.fault.id === fault.id)
    const spanLog = span ? log.filter(({ atMs }) => atMs >= span.injectedAtMs && atMs < span.endMs) : []
    const result: FaultResult = {
      fault: fault.id,
      kind: fault.kind,
      status,
      ...(fault.skipReason === undefined ? {} : { skipReason: fault.skipReason }),
      ...(fault.target ? { node: fault.target.node, wasCrmMaster: fault.target.wasCrmMaster } : {}),
      ...(fault.injectedAtMs === undefined ? {} : { injectedAtMs: fault.injectedAtMs }),
      ...(fault.healedAtMs === undefined ? {} : { healedAtMs: fault.healedAtMs }),
      ...(fault.waitedMs === undefined ? {} : { waitedSeconds: fault.waitedMs / 1000 }),
      guests: span
        ? guests.map((scans) => ({
            ...effectOn(scans, span, spans, spanLog),
            lostRecords: lostRecordsOf(recordLosses, scans.guest, fault.id),
          }))
        : [],
    }
    return [result]
  })
}

function effectOn(
  { guest, primary, all }: GuestScans,
  span: FaultSpan,
  spans: readonly FaultSpan[],
  log: Parameters<typeof phasesOf>[0]['log'],
): Omit<FaultResult['guests'][number], 'lostRecords'> {
  const caused = (scan: SeriesScan | undefined) =>
    scan?.episodes.filter((episode) => faultOf(episode, spans, scan.series.deadlineMs) === span) ?? []
  const episodes = caused(primary)
  const byKind = (kind: string) => all.find(({ series }) => series.kind === kind)
  const service = longestOf(caused(byKind('http') ?? byKind('tcp')))
  const main = longestOf(episodes)
  const { marks, recoveredOn } = phasesOf({
    injectedAtMs: span.injectedAtMs,
    node: span.fault.target?.node ?? '',
    guest,
    hit: hitsGuest(span.fault, guest),
    log,
    icmp: longestOf(caused(byKind('icmp'))),
    service,
  })
  const recoveredMs = (service ?? main)?.firstGoodMs
  const recoverySeconds =
    typeof recoveredMs === 'number' ? (recoveredMs - span.injectedAtMs) / 1000 : undefined
  return {
    guest,
    hit: hitsGuest(span.fault, guest),
    downtimeLowSeconds: sumSeconds(episodes.map(({ lowMs }) => lowMs)),
    downtimeHighSeconds: sumSeconds(episodes.map(({ highMs }) => highMs)),
    // Without an outage nothing was recovered, whatever the log says of the guest.
    ...(main && recoveredOn !== undefined ? { recoveredOn } : {}),
    ...(main ? { onsetLagSeconds: (main.firstBadMs - span.injectedAtMs) / 1000 } : {}),
    ...(recoverySeconds === undefined
      ? {}
      : { recoverySeconds, residualSeconds: residualSecondsOf(marks, recoverySeconds) }),
    censored: episodes.some(({ censored }) => censored),
    phases: main || service ? marks : [],
  }
}

function statusOf(fault: FaultState): FaultResult['status'] | undefined {
  switch (fault.status) {
    case 'healed':
    case 'skipped':
      return fault.status
    case 'aimed':
    case 'injected':
    case 'healing':
      return 'open'
    case 'planned':
    case 'waiting':
      return undefined
  }
}

function longestOf(episodes: readonly Episode[]): Episode | undefined {
  return episodes.toSorted((a, b) => b.highMs - a.highMs)[0]
}

function sumSeconds(milliseconds: readonly number[]): number {
  return milliseconds.reduce((sum, ms) => sum + ms, 0) / 1000
}
