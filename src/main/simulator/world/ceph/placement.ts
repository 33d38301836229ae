import type { Random } from '../../../contracts/random.ts'

/** What placement asks of an OSD, as the published map says. */
export interface OsdInMap {
  readonly id: number
  readonly node: string
  readonly up: boolean
  readonly in: boolean
  /** Share of its groups that it takes; 1 as a rule. */
  readonly reweight: number
}

/** A copy that an OSD has, or had when it was last among those that serve. */
export interface GroupCopy {
  /** Objects it lacks, at the time of `written`. */
  missing: number
  /** The group's counter of writes when this OSD ceased to follow; undefined while it follows. */
  leftAtWritten: number | undefined
  /** It began empty and has not got everything yet. */
  fromNothing: boolean
}

/** A placement group: which OSDs hold it and which of them serve it now. */
export interface PlacementGroup {
  /** `2.1f`: pool and number, as Ceph writes them. */
  readonly id: string
  readonly poolId: number
  /** All OSDs in the order in which this group prefers them, those of one host together. */
  preference: readonly number[]
  /** Drawn once for every host and OSD, so that one that comes or goes moves nothing between the others. */
  readonly straws: Straws
  /** For each OSD a number of [0, 1): with a lower reweight it is passed over. */
  readonly draws: number[]
  /** OSDs the map places it on, up or not. */
  placed: readonly number[]
  /** Those of them that are up: they serve it, the first as primary. */
  acting: readonly number[]
  /** OSDs that are up and complete but where the map no longer places it; they serve until others can. */
  spares: readonly number[]
  /** Complete copies when it was last able to accept writes: one of them must come back before it answers. */
  lastWriters: readonly number[]
  /** One of them is up, wherever the map places the group now. */
  hasSource: boolean
  readonly copies: Map<number, GroupCopy>
  objects: number
  /** Objects written so far, with those written anew; grows while clients write. */
  written: number
}

export interface PoolRules {
  readonly size: number
  readonly minSize: number
}

/** Logarithms of numbers of (0, 1], which a weight divides to the length of a straw. */
interface Straws {
  readonly hosts: Map<string, number>
  readonly osds: Map<number, number>
}

interface Placeable {
  readonly id: number
  readonly node: string
  /** Relative to others. */
  readonly weight: number
}

/** Groups of a pool, with a preference of their own each, drawn once. */
export function placementGroups(
  poolId: number,
  count: number,
  osds: readonly Placeable[],
  random: Random,
): PlacementGroup[] {
  return Array.from({ length: count }, (_, index) => {
    const straws: Straws = { hosts: new Map(), osds: new Map() }
    const preference = preferenceOf(straws, osds, random)
    const draws: number[] = []
    for (const { id } of osds) draws[id] = random.fraction()
    return {
      id: `${poolId}.${index.toString(16)}`,
      poolId,
      preference,
      straws,
      draws,
      placed: [],
      acting: [],
      spares: [],
      lastWriters: [],
      hasSource: true,
      copies: new Map(),
      objects: 0,
      written: 0,
    }
  })
}

/** Other OSDs than before are there: whoever is new draws its straws. */
export function preferAmong(group: PlacementGroup, osds: readonly Placeable[], random: Random): void {
  group.preference = preferenceOf(group.straws, osds, random)
  for (const { id } of osds) group.draws[id] ??= random.fraction()
}

function preferenceOf(straws: Straws, osds: readonly Placeable[], random: Random): readonly number[] {
  const hosts = [...new Set(osds.map(({ node }) => node))]
  const hostOrder = byStraw(
    hosts,
    (host) => hostWeight(osds, host),
    (host) => drawn(straws.hosts, host, random),
  )
  return hostOrder.flatMap((host) =>
    byStraw(
      osds.filter(({ node }) => node === host),
      ({ weight }) => weight,
      ({ id }) => drawn(straws.osds, id, random),
    ).map(({ id }) => id),
  )
}

function drawn<Key>(straws: Map<Key, number>, key: Key, random: Random): number {
  const known = straws.get(key)
  if (known !== undefined) return known
  const straw = Math.log(1 - random.fraction())
  straws.set(key, straw)
  return straw
}

function hostWeight(osds: readonly Placeable[], host: string): number {
  return osds.reduce((sum, { node, weight }) => (node === host ? sum + weight : sum), 0)
}

/** CRUSH's straws: the longer one is likelier for the heavier. */
function byStraw<Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  strawOf: (item: Item) => number,
): Item[] {
  return items
    .map((item) => ({ item, straw: strawOf(item) / Math.max(1e-6, weightOf(item)) }))
    .sort((a, b) => b.straw - a.straw)
    .map(({ item }) => item)
}

/** OSDs for a group's copies: one per host, the host's second choice when its first is out. */
export function placedOn(group: PlacementGroup, osds: readonly OsdInMap[], size: number): readonly number[] {
  const placed: number[] = []
  const hosts = new Set<string>()
  for (const id of group.preference) {
    const osd = osds[id]
    if (osd === undefined || !osd.in || hosts.has(osd.node)) continue
    if (osd.reweight < 1 && (group.draws[id] ?? 0) >= osd.reweight) continue
    placed.push(id)
    hosts.add(osd.node)
    if (placed.length === size) break
  }
  return placed
}

/** Enough copies are up, and an OSD that is up has everything that was ever acknowledged. */
export function canServe(group: PlacementGroup, rules: PoolRules): boolean {
  return group.acting.length + group.spares.length >= rules.minSize && group.hasSource
}

export function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index])
}

/** Objects a copy lacks now; one that an OSD never had lacks all. */
export function missingOn(group: PlacementGroup, osd: number): number {
  const copy = group.copies.get(osd)
  if (copy === undefined) return group.objects
  const stale = copy.leftAtWritten === undefined ? 0 : group.written - copy.leftAtWritten
  return Math.min(group.objects, copy.missing + stale)
}
