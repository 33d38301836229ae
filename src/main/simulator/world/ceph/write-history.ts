import { RecordSet } from '../storage/record-set.ts'
import { missingOn, type PlacementGroup } from './placement.ts'

interface Surroundings {
  /** Groups of the guests' pool. */
  groups(): readonly PlacementGroup[]
  /** Its members have agreed on their history. */
  hasPeered(group: PlacementGroup): boolean
}

/**
 * Which OSD has what was written when. Between two changes of the map lies an epoch; what a group accepts in it
 * is on every OSD that serves the group, and on others only once they have copied it. Kept beside the rules by
 * which groups serve, so that it shows whether those rules ever let an acknowledged write go.
 */
export class WriteHistory {
  readonly #with: Surroundings
  /** Epochs that each OSD has of a group, by group. */
  readonly #held = new Map<PlacementGroup, Map<number, RecordSet>>()
  #epoch = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** What is written now is written in it. */
  get epoch(): number {
    return this.#epoch
  }

  /** An OSD is gone for ever, and what it had with it. */
  forget(osd: number): void {
    for (const held of this.#held.values()) held.delete(osd)
  }

  /** To be called after every change of the map, when all writes before it are accounted for. */
  beginEpoch(): void {
    this.#epoch += 1
    const added = { from: this.#epoch, to: this.#epoch + 1 }
    for (const group of this.#with.groups()) {
      const held = this.#heldOf(group)
      // Members with the same set go on sharing one.
      const grown = new Map<RecordSet, RecordSet>()
      for (const osd of membersOf(group)) {
        const old = held.get(osd) ?? RecordSet.empty
        const next = grown.get(old) ?? old.with(added)
        grown.set(old, next)
        held.set(osd, next)
      }
    }
  }

  /** Copies may have become complete: they have all that the others of their group have. */
  noteProgress(): void {
    for (const group of this.#with.groups()) {
      if (!this.#with.hasPeered(group)) continue
      const held = this.#heldOf(group)
      const all = this.#servedEpochs(group)
      for (const osd of membersOf(group))
        if (held.get(osd) !== all && missingOn(group, osd) === 0) held.set(osd, all)
    }
  }

  /** Groups of which nobody who serves them has what was written in that epoch, by their place among the pool's. */
  lacking(epoch: number): readonly number[] {
    const wanted = RecordSet.empty.with({ from: epoch, to: epoch + 1 })
    return this.#with
      .groups()
      .flatMap((group, index) => (wanted.without(this.#servedEpochs(group)).count === 0 ? [] : [index]))
  }

  get groupCount(): number {
    return this.#with.groups().length
  }

  #servedEpochs(group: PlacementGroup): RecordSet {
    const held = this.#heldOf(group)
    let sum: RecordSet | undefined
    for (const osd of membersOf(group)) {
      const set = held.get(osd) ?? RecordSet.empty
      // Most members have the very same set.
      if (set !== sum) sum = sum === undefined ? set : sum.union(set)
    }
    return sum ?? RecordSet.empty
  }

  #heldOf(group: PlacementGroup): Map<number, RecordSet> {
    const known = this.#held.get(group)
    if (known !== undefined) return known
    const held = new Map<number, RecordSet>()
    this.#held.set(group, held)
    return held
  }
}

function membersOf({ acting, spares }: PlacementGroup): readonly number[] {
  return spares.length === 0 ? acting : [...acting, ...spares]
}
