import type { Fault } from '../contracts/fault.ts'

const lookIntervalMs = 500

/** The power of a NAS is cut; the guests whose disks lie there stall. Healed by switching it on. */
export const nasPowerOff: Fault = {
  kind: 'nas-power-off',

  async inject({ node: server }, { clock, driver, signal }) {
    await driver.cutPower(server, signal)
    while ((await driver.inspectVm(server, signal)).power !== 'off') await clock.sleep(lookIntervalMs, signal)
  },

  async heal({ node: server }, { clock, driver, signal }) {
    while ((await driver.inspectVm(server, signal)).power !== 'on') {
      await driver.startVm(server, signal)
      await clock.sleep(lookIntervalMs, signal)
    }
  },
}
