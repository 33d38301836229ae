import type { Invariant, InvariantPlace } from './invariant.ts'

/** A guest has at most one process in the whole lab, and only where a kernel runs. */
export function oneProcessPerGuest({ world, report }: InvariantPlace): Invariant {
  return {
    guestStarts(guest, node) {
      if (guest.host !== undefined) report(guest.id, `started on ${node} while it runs on ${guest.host}`)
    },
    stateChanged() {
      for (const guest of world.guests) {
        const { host } = guest
        if (host !== undefined && !world.node(host).networkUp)
          report(guest.id, `has a process on ${host}, which has no power`)
      }
    },
  }
}
