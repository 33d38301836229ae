import type { Fault } from '../contracts/fault.ts'
import { facetOf } from './facet-of.ts'
import { returnNode } from './node-return.ts'

const lookIntervalMs = 500

/**
 * The processors of a node stand still, as when its hypervisor pauses it. Healed by letting them go on, after which
 * a node with guests under HA is reset by its watchdog if it stood still for more than a minute.
 */
export const nodeFrozen: Fault = {
  kind: 'node-frozen',

  async inject({ node }, context) {
    const { clock, driver, signal } = context
    await facetOf(driver.pausing, 'node-frozen', context).pause(node, signal)
    while ((await driver.inspectVm(node, signal)).power !== 'paused')
      await clock.sleep(lookIntervalMs, signal)
  },

  async heal({ node }, context) {
    const { driver, signal } = context
    if ((await driver.inspectVm(node, signal)).power === 'paused')
      await facetOf(driver.pausing, 'node-frozen', context).resume(node, signal)
    await returnNode(node, context)
  },
}
