import type { Random } from '../../../contracts/random.ts'

/** Whether an OSD serves, and whether data may be placed on it, as the published map says. */
export interface OsdInMap {
  readonly up: boolean
  readonly in: boolean
}

/** A placement group: which OSDs hold it and which of them serve it now. */
export interface PlacementGroup {
  /** All OSDs in the order in which this group prefers them. */
  readonly preference: readonly number[]
  /** OSDs the map places it on, up or not. */
  placed: readonly number[]
  /** Those of them that are up: they serve it. */
  acting: readonly number[]
  /** Acting when it was last able to accept writes: one of them must come back before it answers again. */
  lastWriters: readonly number[]
}

export interface PoolRules {
  readonly size: number
  readonly minSize: number
}

/** Groups with a preference of their own each, drawn once for a lab. */
export function placementGroups(count: number, osdCount: number, random: Random): PlacementGroup[] {
  return Array.from({ length: count }, () => {
    const preference = Array.from({ length: osdCount }, (_, osd) => ({ osd, straw: random.fraction() }))
      .sort((a, b) => a.straw - b.straw)
      .map(({ osd }) => osd)
    return { preference, placed: [], acting: [], lastWriters: [] }
  })
}

/** Places every group by a new map. Returns the groups whose acting set changed: they have to peer. */
export function placeGroups(
  groups: readonly PlacementGroup[],
  osds: readonly OsdInMap[],
  rules: PoolRules,
): PlacementGroup[] {
  const changed: PlacementGroup[] = []
  for (const group of groups) {
    group.placed = group.preference.filter((osd) => osds[osd]?.in).slice(0, rules.size)
    const acting = group.placed.filter((osd) => osds[osd]?.up)
    if (sameMembers(acting, group.acting)) continue
    group.acting = acting
    if (canServe(group, rules)) group.lastWriters = acting
    changed.push(group)
  }
  return changed
}

/** Enough copies are up, and one of them has everything that was ever acknowledged. */
export function canServe(group: PlacementGroup, rules: PoolRules): boolean {
  return (
    group.acting.length >= rules.minSize &&
    (group.lastWriters.length === 0 || group.acting.some((osd) => group.lastWriters.includes(osd)))
  )
}

function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index])
}
