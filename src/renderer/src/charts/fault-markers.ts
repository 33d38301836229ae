/** Faults as charts mark them: a number, a moment, a shape by kind and a sign for the CRM master. */
import type { FaultState } from '../../../shared/domain/journal.ts'
import type { FaultKind } from '../../../shared/domain/plan.ts'
import type { FaultResult } from '../../../shared/domain/results.ts'

export interface FaultMarker {
  /** 1, 2, 3, ... in the order of the plan. */
  readonly ordinal: number
  readonly id: string
  readonly kind: FaultKind
  /** Milliseconds after the window opened. */
  readonly atMs: number
  readonly healedAtMs?: number
  readonly node?: string
  readonly wasCrmMaster: boolean
}

export function markersOfStates(faults: readonly FaultState[], originMs: number): readonly FaultMarker[] {
  return faults.flatMap((fault, index) =>
    fault.injectedAtMs === undefined
      ? []
      : [
          {
            ordinal: index + 1,
            id: fault.id,
            kind: fault.kind,
            atMs: fault.injectedAtMs - originMs,
            ...(fault.healedAtMs === undefined ? {} : { healedAtMs: fault.healedAtMs - originMs }),
            ...(fault.target === undefined ? {} : { node: fault.target.node }),
            wasCrmMaster: fault.target?.wasCrmMaster ?? false,
          },
        ],
  )
}

export function markersOfResults(faults: readonly FaultResult[], originMs: number): readonly FaultMarker[] {
  return faults.flatMap((fault, index) =>
    fault.injectedAtMs === undefined
      ? []
      : [
          {
            ordinal: index + 1,
            id: fault.fault,
            kind: fault.kind,
            atMs: fault.injectedAtMs - originMs,
            ...(fault.healedAtMs === undefined ? {} : { healedAtMs: fault.healedAtMs - originMs }),
            ...(fault.node === undefined ? {} : { node: fault.node }),
            wasCrmMaster: fault.wasCrmMaster ?? false,
          },
        ],
  )
}

/** Label beside a marker: number, node and `M` where the node was CRM master. */
export function markerLabel(marker: FaultMarker): string {
  const node = marker.node === undefined ? '' : ` ${marker.node}`
  return `${marker.ordinal}${node}${marker.wasCrmMaster ? ' (M)' : ''}`
}
