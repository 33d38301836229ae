import type { Invariant, InvariantId, InvariantPlace } from './invariant.ts'
import { minSizeBeforeWrite } from './min-size-before-write.ts'
import { noWriteLost } from './no-write-lost.ts'
import { oneHolderPerLock } from './one-holder-per-lock.ts'
import { oneProcessPerGuest } from './one-process-per-guest.ts'
import { quorumBeforeAction } from './quorum-before-action.ts'
import { recoveryOrObstacle } from './recovery-or-obstacle.ts'

/** All that is checked in every watched world. */
export const invariantCatalogue: Readonly<Record<InvariantId, (place: InvariantPlace) => Invariant>> = {
  'one-process-per-guest': oneProcessPerGuest,
  'quorum-before-action': quorumBeforeAction,
  'min-size-before-write': minSizeBeforeWrite,
  'one-holder-per-lock': oneHolderPerLock,
  'no-write-lost': noWriteLost,
  'recovery-or-obstacle': recoveryOrObstacle,
}
