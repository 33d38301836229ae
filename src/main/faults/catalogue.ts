import type { Fault } from '../contracts/fault.ts'
import { guestKilled } from './guest-killed.ts'
import { nodePowerOff } from './node-power-off.ts'
import { nodeShutdown } from './node-shutdown.ts'
import { serviceStopped } from './service-stopped.ts'

/** Every kind of fault the product knows. A new one is a file of its own and a line here. */
export const faultCatalogue: readonly Fault[] = [nodePowerOff, nodeShutdown, guestKilled, serviceStopped]
