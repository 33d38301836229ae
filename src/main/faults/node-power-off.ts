import type { Fault } from '../contracts/fault.ts'
import { returnNode } from './node-return.ts'

const lookIntervalMs = 500

/** The power of a node is cut, as if its plug were pulled. Healed by switching it on. */
export const nodePowerOff: Fault = {
  kind: 'node-power-off',

  async inject({ node }, { clock, driver, signal }) {
    await driver.cutPower(node, signal)
    while ((await driver.inspectVm(node, signal)).power !== 'off') await clock.sleep(lookIntervalMs, signal)
  },

  heal: ({ node }, context) => returnNode(node, context),
}
