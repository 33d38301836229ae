/** What a run found: the tables of window, report and command line. Times in seconds, shares in percent. */
import type { FaultKind, ProbeKind } from './plan.ts'
import type { Group, TrialId } from './recipe.ts'
import type { LossCause } from './record-loss.ts'

/** A downtime episode: the truth lies in [lowSeconds, highSeconds]. */
export interface OutageResult {
  /** Fault that caused it; absent for an outage no fault explains. */
  readonly fault?: string
  readonly fromMs: number
  readonly toMs: number
  readonly lowSeconds: number
  readonly highSeconds: number
  /** Touches a void stretch: kept and marked, left out of means. */
  readonly censored: boolean
}

/** A moment on the way from fault to service, in seconds after the injection. */
export interface PhaseMark {
  readonly phase:
    | 'first-lost'
    | 'membership'
    | 'node-unknown'
    | 'fence'
    | 'lock-acknowledged'
    | 'recover'
    | 'start'
    | 'started'
    | 'icmp-answers'
    | 'service-answers'
  readonly seconds: number
}

export interface FaultResult {
  readonly fault: string
  readonly kind: FaultKind
  readonly status: 'healed' | 'skipped' | 'open'
  readonly skipReason?: string
  readonly node?: string
  readonly wasCrmMaster?: boolean
  readonly injectedAtMs?: number
  readonly healedAtMs?: number
  readonly waitedSeconds?: number
  readonly guests: readonly {
    readonly guest: string
    /** The guest ran on the node that was hit. */
    readonly hit: boolean
    readonly downtimeLowSeconds: number
    readonly downtimeHighSeconds: number
    /** Node on which the guest ran afterwards. */
    readonly recoveredOn?: string
    /** Acknowledged records that the guest no longer had afterwards. */
    readonly lostRecords: number
    /** Injection to the first lost probe, and to the first answer of the service after the longest outage. */
    readonly onsetLagSeconds?: number
    readonly recoverySeconds?: number
    /** Recovery time that the steps between the phases do not add up to; zero when they follow in order. */
    readonly residualSeconds?: number
    readonly censored: boolean
    readonly phases: readonly PhaseMark[]
  }[]
}

export interface GuestResult {
  readonly trial: TrialId
  readonly group: Group
  readonly guest: string
  readonly guestName: string
  /** Faults injected in the run, and those whose node hosted this guest. */
  readonly faults: number
  readonly hits: number
  /** The series the figures come from. */
  readonly probe: ProbeKind
  readonly intervalMs: number
  readonly windowSeconds: number
  readonly voidSeconds: number
  /** Time weighted, void left out; null when more than 1 % of the window is void. */
  readonly availabilityPercent: number | null
  readonly availabilityLowPercent: number | null
  readonly availabilityHighPercent: number | null
  /** The papers' (T - sum of downtime) / T with one second per lost probe. */
  readonly paperAvailabilityPercent: number
  readonly publishedPercent: number | null
  readonly downtimeSeconds: number
  /** Acknowledged records that the guest no longer has, of the whole window. */
  readonly lostRecords: number
  readonly medianDowntimePerHitSeconds: number | null
  readonly minDowntimePerHitSeconds: number | null
  readonly maxDowntimePerHitSeconds: number | null
  readonly counts: { readonly ok: number; readonly late: number; readonly bad: number; readonly void: number }
  readonly outages: readonly OutageResult[]
}

/** Acknowledged records that a guest found gone, as the lab's ledger measured. */
export interface RecordLossResult {
  readonly guest: string
  /** The last fault injected before; absent for a loss before any. */
  readonly fault?: string
  /** Where the guest found out, and when. */
  readonly node: string
  readonly atMs: number
  readonly records: number
  readonly cause: LossCause
}

/** A doubt about the run a reader must know. `code` is a message key `lint.<code>`. */
export interface ResultLint {
  readonly code: string
  readonly severity: 'info' | 'warning'
  readonly params: Readonly<Record<string, string | number>>
}

export interface RunResults {
  readonly windowSeconds: number
  readonly faultsInjected: number
  readonly guests: readonly GuestResult[]
  readonly faults: readonly FaultResult[]
  readonly recordLosses: readonly RecordLossResult[]
  readonly lints: readonly ResultLint[]
}
