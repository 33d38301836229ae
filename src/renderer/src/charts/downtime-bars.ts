/** Downtime per fault and guest as intervals: the truth lies between low and high. */
import type { FaultResult } from '../../../shared/domain/results.ts'

export interface DowntimeBar {
  readonly ordinal: number
  readonly fault: string
  readonly guest: string
  readonly node?: string
  readonly wasCrmMaster: boolean
  /** False: the guest ran on another node when the fault was injected. */
  readonly hit: boolean
  readonly lowSeconds: number
  readonly highSeconds: number
  readonly censored: boolean
}

/** One bar per injected fault and guest; faults that were skipped have none. */
export function downtimeBarsOf(faults: readonly FaultResult[]): readonly DowntimeBar[] {
  return faults.flatMap((fault, index) =>
    fault.injectedAtMs === undefined
      ? []
      : fault.guests.map((guest) => ({
          ordinal: index + 1,
          fault: fault.fault,
          guest: guest.guest,
          ...(fault.node === undefined ? {} : { node: fault.node }),
          wasCrmMaster: fault.wasCrmMaster ?? false,
          hit: guest.hit,
          lowSeconds: guest.downtimeLowSeconds,
          highSeconds: guest.downtimeHighSeconds,
          censored: guest.censored,
        })),
  )
}

/** Longest and shortest downtime of the guests that were hit, censored ones left out; undefined when there is none. */
export function downtimeExtremes(
  bars: readonly DowntimeBar[],
): { readonly shortest: DowntimeBar; readonly longest: DowntimeBar; readonly count: number } | undefined {
  const counted = bars.filter((bar) => bar.hit && !bar.censored)
  const [first] = counted
  if (first === undefined) return undefined
  let shortest = first
  let longest = first
  for (const bar of counted) {
    if (middleOf(bar) < middleOf(shortest)) shortest = bar
    if (middleOf(bar) > middleOf(longest)) longest = bar
  }
  return { shortest, longest, count: counted.length }
}

function middleOf(bar: DowntimeBar): number {
  return (bar.lowSeconds + bar.highSeconds) / 2
}
