import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import type { Path } from '../network.ts'
import type { WorldParameters } from '../parameters.ts'
import type { ClientLoad } from './ceph-report.ts'
import type { Thresholds } from './cluster-settings.ts'
import type { PoolRules } from './placement.ts'

/** The lab around a Ceph cluster. */
export interface ClusterSurroundings {
  /** Nodes that may have daemons, in the order of their addresses. */
  readonly nodes: readonly string[]
  /** Those that have a monitor, a manager and OSDs from the beginning; all of them if absent. */
  readonly daemonsOn?: readonly string[]
  readonly rules: PoolRules
  readonly guestCount: number
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  readonly osdsPerNode?: number
  /** Size of each OSD of a node; 25 if absent. */
  readonly diskGiB?: (node: string) => number
  readonly thresholds?: Partial<Thresholds>
  /** Both machines have power and a path between them over the cluster network. */
  reaches(from: string, to: string): boolean
  /** Latency, loss and bandwidth of that path; perfect if absent. */
  pathOf?(from: string, to: string): Path
  log(node: string, source: string, level: string, message: string): void
  /** Called before a change of the map: what was written so far went to the OSDs that serve until now. */
  mapChanges?(): void
  /** How far a node's clock is ahead of true time. */
  clockOffsetSeconds?(node: string): number
  clocksMove?(): boolean
  /** Guests read and write. */
  isUsed?(): boolean
  /** What clients on those nodes read and write while their disks answer; nothing if absent. */
  clientLoad?(answersOn: (node: string) => boolean): ClientLoad | undefined
  /** The kernel of a node killed that daemon of its, or all of that kind. */
  killedForMemory?(node: string, victim: 'manager' | 'osd'): void
  /** From some node the disks of guests began or ceased to answer. */
  ioChanged(): void
}
