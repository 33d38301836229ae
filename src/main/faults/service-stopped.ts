import type { Fault } from '../contracts/fault.ts'
import { facetOf } from './facet-of.ts'

const lookIntervalMs = 1000

/** The service of guests is stopped, as its administrator does, while their systems run. Healed by starting it. */
export const serviceStopped: Fault = {
  kind: 'service-stopped',

  async inject({ guests }, context) {
    const control = facetOf(context.guestControl, 'service-stopped', context)
    const { clock, signal } = context
    for (const guest of guests) {
      await control.stopService(guest, signal)
      while ((await control.serviceState(guest, signal)) === 'running')
        await clock.sleep(lookIntervalMs, signal)
    }
  },

  async heal({ guests }, context) {
    const control = facetOf(context.guestControl, 'service-stopped', context)
    const { clock, signal } = context
    for (const guest of guests)
      for (;;) {
        const state = await control.serviceState(guest, signal)
        if (state === 'running') break
        // A guest that is gone starts its service with its system.
        if (state === 'stopped') await control.startService(guest, signal)
        await clock.sleep(lookIntervalMs, signal)
      }
  },
}
