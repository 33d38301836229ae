/** A kind of fault. Aim, journal, inject, heal: the engine keeps that order, a fault only knows its own part. */
import type { FaultTarget } from '../../shared/domain/journal.ts'
import type { Lab } from '../../shared/domain/lab.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { FaultKind } from '../../shared/domain/plan.ts'
import type { Clock } from './clock.ts'
import type { DaemonControl } from './daemon-control.ts'
import type { GuestControl } from './guest-control.ts'
import type { HypervisorDriver } from './hypervisor-driver.ts'

export interface FaultContext {
  /** Id of the planned fault, for messages. */
  readonly fault: string
  readonly lab: Lab
  readonly clock: Clock
  readonly driver: HypervisorDriver
  /** Absent where a lab gives no hold of single guests. */
  readonly guestControl?: GuestControl
  /** Absent where a lab gives no hold of Ceph's daemons. */
  readonly daemonControl?: DaemonControl
  readonly observe: () => Promise<ClusterObservation>
  /** Aborts when the time for the injection or the healing is over; its reason is the ProblemError to end with. */
  readonly signal: AbortSignal
}

export interface Fault {
  readonly kind: FaultKind
  inject(target: FaultTarget, context: FaultContext): Promise<void>
  /**
   * Brings the lab back. Idempotent, and safe after half an injection or a restart of this program.
   * Resolves only when the effect was verified; otherwise tries until the signal aborts (`run.heal-failed`).
   */
  heal(target: FaultTarget, context: FaultContext): Promise<void>
}
