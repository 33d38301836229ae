import type { RunResults } from '../../../../shared/domain/results.ts'

/** Name of a guest by its id; the id itself where the results do not know it. */
export function guestNamesOf({ guests }: RunResults): (guest: string) => string {
  const names = new Map(guests.map(({ guest, guestName }) => [guest, guestName]))
  return (guest) => names.get(guest) ?? guest
}
