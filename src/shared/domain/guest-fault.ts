import type { FaultKind } from './plan.ts'

/**
 * Hits guests and leaves their node alone: the guest a rule follows, else all that run on the node it means. Apart
 * from the schema, so that the window does not bundle it.
 */
export function isGuestFault(kind: FaultKind): boolean {
  return kind === 'guest-killed' || kind === 'service-stopped'
}
