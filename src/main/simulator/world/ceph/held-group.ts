import assert from 'node:assert'
import type { Osd } from './osd.ts'
import { canServe, missingOn, type PlacementGroup, type PoolRules, sameMembers } from './placement.ts'

/** Id of an OSD that does not exist any more. */
const goneWriter = -1

/** A placement group and what happens to it beside its place: who serves it, who takes writes, who has all of them. */
export class HeldGroup {
  readonly group: PlacementGroup
  rules: PoolRules
  /** Groups that agree on their history, or wait for a lease to run out, do not answer until then. */
  busy: { readonly kind: 'peering' | 'lease'; readonly untilMs: number } | undefined
  /** Since when it is not active, or has fewer copies than wanted. */
  inactiveSinceMs: number | undefined
  undersizedSinceMs: number | undefined
  readonly #osds: readonly Osd[]
  /** Members since all copies were last complete. */
  readonly #pastMembers = new Set<number>()
  #countedMs: number

  constructor(group: PlacementGroup, rules: PoolRules, osds: readonly Osd[], nowMs: number) {
    this.group = group
    this.rules = rules
    this.#osds = osds
    this.#countedMs = nowMs
  }

  /** Its members have agreed, and are enough. */
  get isServed(): boolean {
    return this.busy === undefined && canServe(this.group, this.rules)
  }

  /** Its members all live, whatever the map says of them. */
  get isAnswered(): boolean {
    const answers = (id: number) => this.#osds[id]?.process === 'serving'
    return this.group.acting.every(answers) && this.group.spares.every(answers)
  }

  /** Reads and writes of somebody who reaches those OSDs are answered: a write waits for every member. */
  isServedBy(reached: ReadonlySet<number>): boolean {
    const { acting, spares } = this.group
    return this.isServed && acting.every((osd) => reached.has(osd)) && spares.every((osd) => reached.has(osd))
  }

  /** Some past member may still answer reads: its death is not proven, and nobody has come to know of it just now. */
  mayHoldLease(known: Osd | undefined): boolean {
    return [...this.#pastMembers].some((id) => {
      const osd = this.#osds[id]
      return osd !== undefined && !osd.up && !osd.deathProven && osd !== known
    })
  }

  /** Adds what clients wrote anew since the last time if it was served; to be called before anything of that changes. */
  countWrites(nowMs: number, objectsPerMinute: number): void {
    const minutes = (nowMs - this.#countedMs) / 60_000
    this.#countedMs = nowMs
    if (this.isServed) this.addWritten(minutes * objectsPerMinute)
  }

  /** What waits until somebody serves the group is missed by nobody who was away before. */
  addWritten(objects: number): void {
    this.group.written += objects
    if (this.isServed) return
    for (const copy of this.group.copies.values())
      if (copy.leftAtWritten !== undefined) copy.leftAtWritten += objects
  }

  /** The map places it there now. Answers whether others serve it than before. */
  moveTo(placed: readonly number[]): boolean {
    const { group } = this
    const before = { acting: group.acting, spares: group.spares }
    for (const id of group.acting) this.#pastMembers.add(id)
    this.#moveCopies(
      placed,
      placed.filter((id) => this.#osds[id]?.up),
    )
    const { lastWriters } = group
    group.hasSource = lastWriters.length === 0 || lastWriters.some((id) => this.#osds[id]?.up)
    return !sameMembers(group.acting, before.acting) || !sameMembers(group.spares, before.spares)
  }

  /** Who has every acknowledged write; once all copies are complete, the past does not matter any more. */
  noteWriters(): void {
    const { group, rules } = this
    const isWhole = group.acting.length === group.placed.length && group.placed.length === rules.size
    if (isWhole && group.acting.every((osd) => missingOn(group, osd) === 0)) {
      this.#pastMembers.clear()
      for (const osd of group.copies.keys()) if (!group.placed.includes(osd)) group.copies.delete(osd)
      group.spares = []
      group.lastWriters = group.acting
      group.hasSource = true
    } else if (this.isServed) {
      const complete = [...group.acting, ...group.spares].filter((osd) => missingOn(group, osd) === 0)
      assert(complete.length > 0, `${group.id} is served by nobody who has all of it`)
      group.lastWriters = complete
    }
  }

  /** `servesLater`: missing objects from which on a copy does not count before it has them. */
  noteTrouble(nowMs: number, servesLater: number): void {
    const { group, rules, busy } = this
    const isActive = canServe(group, rules) && busy?.kind !== 'peering'
    this.inactiveSinceMs = isActive ? undefined : (this.inactiveSinceMs ?? nowMs)
    const isWhole = group.acting.length + group.spares.length >= rules.size
    const isShort = group.acting.some((osd) => missingOn(group, osd) > servesLater)
    // Groups that peer are called nothing else, so that the time begins anew (recorded).
    const isUndersized = busy?.kind !== 'peering' && (!isWhole || isShort)
    this.undersizedSinceMs = isUndersized ? (this.undersizedSinceMs ?? nowMs) : undefined
  }

  /** An OSD is gone for ever. Nobody can stand in for it, whoever gets its id. */
  forget(id: number): void {
    const { group } = this
    group.copies.delete(id)
    this.#pastMembers.delete(id)
    group.spares = group.spares.filter((spare) => spare !== id)
    group.lastWriters = group.lastWriters.map((writer) => (writer === id ? goneWriter : writer))
  }

  #moveCopies(placed: readonly number[], acting: readonly number[]): void {
    const { group } = this
    for (const id of acting)
      if (!group.acting.includes(id)) {
        const missing = missingOn(group, id)
        const fromNothing = group.copies.get(id)?.fromNothing ?? true
        group.copies.set(id, {
          missing,
          leftAtWritten: undefined,
          fromNothing: fromNothing && missing > 0,
        })
      }
    group.placed = placed
    group.acting = acting
    group.spares = this.#completeElsewhere()
    // Spares take the writes from now on, as those that serve do, also where they were away for a while; nobody else does.
    for (const [id, copy] of group.copies) {
      if (acting.includes(id)) continue
      copy.leftAtWritten = group.spares.includes(id) ? undefined : (copy.leftAtWritten ?? group.written)
    }
  }

  #completeElsewhere(): readonly number[] {
    const { group } = this
    return [...group.copies.keys()].filter(
      (id) => !group.placed.includes(id) && this.#osds[id]?.up && missingOn(group, id) === 0,
    )
  }
}
