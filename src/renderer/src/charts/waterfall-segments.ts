/** The way from fault to service, cut at the moments that were seen. Seconds after the injection. */
import type { FaultResult, PhaseMark } from '../../../shared/domain/results.ts'

export type WaterfallPhase = Exclude<PhaseMark['phase'], 'first-lost'>

/** In the order in which a fail-over passes them. */
export const waterfallPhases: readonly WaterfallPhase[] = [
  'membership',
  'node-unknown',
  'fence',
  'lock-acknowledged',
  'recover',
  'start',
  'started',
  'icmp-answers',
  'service-answers',
]

export interface WaterfallSegment {
  /** The phase that ends with this segment. */
  readonly phase: WaterfallPhase
  readonly fromSeconds: number
  readonly toSeconds: number
}

export interface WaterfallRow {
  readonly ordinal: number
  readonly fault: string
  readonly guest: string
  readonly node?: string
  readonly wasCrmMaster: boolean
  readonly segments: readonly WaterfallSegment[]
  /** First probe that was lost; absent when none was. */
  readonly firstLostSeconds?: number
  /** End of the last segment. */
  readonly totalSeconds: number
  readonly downtimeLowSeconds: number
  readonly downtimeHighSeconds: number
  /** Recovery time the segments do not explain; absent where nothing recovered. */
  readonly residualSeconds?: number
  /** False when the guest was not seen to answer again. */
  readonly complete: boolean
}

/**
 * One row per guest that a fault hit. A mark that was not seen is left out, its time falls to the phase after
 * it; a mark earlier than the one before (clocks of two nodes) gives a segment of no length, never a negative one.
 */
export function waterfallRowsOf(faults: readonly FaultResult[]): readonly WaterfallRow[] {
  return faults.flatMap((fault, index) =>
    fault.guests
      .filter((guest) => guest.hit && guest.phases.length > 0)
      .map((guest) => {
        const segments = segmentsOf(guest.phases)
        const firstLost = guest.phases.find(({ phase }) => phase === 'first-lost')
        return {
          ordinal: index + 1,
          fault: fault.fault,
          guest: guest.guest,
          ...(fault.node === undefined ? {} : { node: fault.node }),
          wasCrmMaster: fault.wasCrmMaster ?? false,
          segments,
          ...(firstLost === undefined ? {} : { firstLostSeconds: firstLost.seconds }),
          totalSeconds: segments.at(-1)?.toSeconds ?? 0,
          downtimeLowSeconds: guest.downtimeLowSeconds,
          downtimeHighSeconds: guest.downtimeHighSeconds,
          ...(guest.residualSeconds === undefined ? {} : { residualSeconds: guest.residualSeconds }),
          complete: guest.phases.some(({ phase }) => phase === 'service-answers' || phase === 'icmp-answers'),
        }
      }),
  )
}

function segmentsOf(marks: readonly PhaseMark[]): readonly WaterfallSegment[] {
  const segments: WaterfallSegment[] = []
  let at = 0
  for (const phase of waterfallPhases) {
    const mark = marks.find((candidate) => candidate.phase === phase)
    if (mark === undefined) continue
    const toSeconds = Math.max(at, mark.seconds)
    segments.push({ phase, fromSeconds: at, toSeconds })
    at = toSeconds
  }
  return segments
}
