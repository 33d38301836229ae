/** Hold of Ceph's daemons on a node, for faults that leave the node itself alone. */
export type CephDaemon = 'osd' | 'monitor'

export interface DaemonControl {
  /** All daemons of that kind on the node are gone at once, and stay so until they are started. */
  kill(node: string, daemon: CephDaemon, signal: AbortSignal): Promise<void>
  /** Starts those that do not run. On a node that is off nothing happens: they start with it. */
  start(node: string, daemon: CephDaemon, signal: AbortSignal): Promise<void>
  isRunning(node: string, daemon: CephDaemon, signal: AbortSignal): Promise<boolean>
}
