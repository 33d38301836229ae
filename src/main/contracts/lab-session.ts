/**
 * An open lab, whatever hosts it: the embedded lab or nested nodes in a hypervisor. The engine, the faults
 * and the probes see only this.
 */
import type { Lab } from '../../shared/domain/lab.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { Series } from '../../shared/domain/sample.ts'
import type { DaemonControl } from './daemon-control.ts'
import type { GuestControl } from './guest-control.ts'
import type { HypervisorDriver } from './hypervisor-driver.ts'
import type { ProbeRunner } from './probe-runner.ts'

/** A line one of the lab's daemons wrote. */
export interface LabLogLine {
  readonly node: string
  readonly source: string
  readonly level: string
  readonly message: string
}

export interface ClusterObserver {
  /** Asks a member that answers. Rejects with a Problem when none does within the deadline. */
  observe(signal: AbortSignal): Promise<ClusterObservation>
}

export interface LabSession {
  readonly lab: Lab
  readonly driver: HypervisorDriver
  readonly guestControl?: GuestControl
  readonly daemonControl?: DaemonControl
  readonly observer: ClusterObserver
  readonly probes: ProbeRunner
  /** Address of a guest for a probe kind, or of what must always answer (`control`). */
  addressOf(subject: string, kind: Series['kind']): string
  /** Calls back for each line until the returned function is called. */
  onLog(listener: (line: LabLogLine) => void): () => void
  /**
   * `replay`: the lab's course follows from seed and journal, so a run resumes by being repeated.
   * `continue`: the lab went on without us; open faults are healed and the rest of the plan is run.
   */
  readonly resumption: 'replay' | 'continue'
  close(): Promise<void>
}
