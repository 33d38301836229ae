import { ProblemError } from '../../shared/problems/problem.ts'
import type { Fault, FaultContext } from '../contracts/fault.ts'
import { facetOf } from './facet-of.ts'

/** Between two looks at a guest that HA or we start again. */
const lookIntervalMs = 5000

/** The processes of guests are killed. Healed when they run again: by HA, or started where HA does not care. */
export const guestKilled: Fault = {
  kind: 'guest-killed',

  async inject({ guests }, context) {
    const control = facetOf(context.guestControl, 'guest-killed', context)
    for (const guest of guests) await control.kill(guest, context.signal)
  },

  async heal({ guests }, context) {
    const control = facetOf(context.guestControl, 'guest-killed', context)
    const { clock, signal } = context
    for (;;) {
      const stopped = await stoppedOf(guests, context)
      if (stopped.length === 0) return
      for (const guest of stopped) await control.start(guest, signal)
      await clock.sleep(lookIntervalMs, signal)
    }
  },
}

async function stoppedOf(guests: readonly string[], { observe }: FaultContext): Promise<readonly string[]> {
  try {
    const observation = await observe()
    const running = new Set(observation.guests.filter((guest) => guest.running).map(({ id }) => id))
    return guests.filter((guest) => !running.has(guest))
  } catch (error) {
    // No member answers: nothing is verified, so all are asked for again.
    if (error instanceof ProblemError) return guests
    throw error
  }
}
