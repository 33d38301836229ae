import type { Fault } from '../contracts/fault.ts'
import { monitorKilled, osdKilled } from './ceph-daemon-killed.ts'
import { guestKilled } from './guest-killed.ts'
import { clusterLinkCut, managementLinkCut } from './link-cut.ts'
import { nasPowerOff } from './nas-power-off.ts'
import { networkPartition } from './network-partition.ts'
import { nodeFrozen } from './node-frozen.ts'
import { nodePowerOff } from './node-power-off.ts'
import { nodeShutdown } from './node-shutdown.ts'
import { serviceStopped } from './service-stopped.ts'

/** Every kind of fault the product knows. A new one is a file of its own and a line here. */
export const faultCatalogue: readonly Fault[] = [
  nodePowerOff,
  nodeShutdown,
  nodeFrozen,
  clusterLinkCut,
  managementLinkCut,
  networkPartition,
  osdKilled,
  monitorKilled,
  nasPowerOff,
  guestKilled,
  serviceStopped,
]
