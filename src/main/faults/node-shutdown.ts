import type { Fault } from '../contracts/fault.ts'
import { returnNode } from './node-return.ts'

/**
 * Longest time a node may take to shut down. Proxmox VE gives guests 180 s by default before it stops them
 * (qm shutdown, pct shutdown: option `timeout`), then the system itself stops its services.
 */
const longestShutdownMs = 300_000
const lookIntervalMs = 5000

/** The power button of a node is pressed, and it shuts down in order. Healed by switching it on. */
export const nodeShutdown: Fault = {
  kind: 'node-shutdown',

  /** Ends when the button is pressed: from that moment on guests are being stopped. */
  inject: ({ node }, { driver, signal }) => driver.shutDownVm(node, signal),

  async heal({ node }, context) {
    // A node that is still shutting down looks like a healthy member and would soon leave. One that never got
    // the signal (this program ended before it pressed) stays on all the time.
    const { clock, driver, signal } = context
    const latestOffMs = clock.nowMs() + longestShutdownMs
    while ((await driver.inspectVm(node, signal)).power !== 'off' && clock.nowMs() < latestOffMs)
      await clock.sleep(lookIntervalMs, signal)
    await returnNode(node, context)
  },
}
