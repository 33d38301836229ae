import type { Fault } from '../contracts/fault.ts'
import { nodePowerOff } from './node-power-off.ts'
import { nodeShutdown } from './node-shutdown.ts'

/** Every kind of fault the product knows. A new one is a file of its own and a line here. */
export const faultCatalogue: readonly Fault[] = [nodePowerOff, nodeShutdown]
