import type { EventScope } from './event-scope.ts'

/** What a piece of work needs to go on: the guest's processors, its disk too, or its disk to be opened anew. */
export type Need = 'processors' | 'disk' | 'opening'

interface Work {
  readonly need: Need
  readonly finish: () => void
  remainingMs: number
  /** Since when it goes on. */
  sinceMs?: number
  cancel?: () => void
}

/**
 * Work under way in a guest. Each piece takes its time, stands still while it lacks what it needs, and moves
 * from node to node with the guest.
 */
export class GuestWork {
  readonly #all = new Set<Work>()
  readonly #has: (need: Need) => boolean
  #scope: EventScope

  constructor(scope: EventScope, has: (need: Need) => boolean) {
    this.#scope = scope
    this.#has = has
  }

  /** Calls `finish` after `lengthMs` of going on, unless the returned function is called before. */
  begin(lengthMs: number, need: Need, finish: () => void): () => void {
    const work: Work = { need, finish, remainingMs: Math.round(lengthMs) }
    this.#all.add(work)
    this.#reconsider(work)
    return () => this.#drop(work)
  }

  /** What the guest has may have changed. */
  reconsider(): void {
    for (const work of this.#all) this.#reconsider(work)
  }

  /** From now on it goes on at a node with that scope. */
  moveTo(scope: EventScope): void {
    for (const work of this.#all) this.#pause(work)
    this.#scope = scope
    this.reconsider()
  }

  clear(): void {
    for (const work of this.#all) this.#drop(work)
  }

  #reconsider(work: Work): void {
    const goesOn = this.#has(work.need)
    if (!goesOn) this.#pause(work)
    else if (work.sinceMs === undefined) {
      work.sinceMs = this.#scope.nowMs()
      work.cancel = this.#scope.after(work.remainingMs, () => {
        this.#all.delete(work)
        work.finish()
      })
    }
  }

  #pause(work: Work): void {
    if (work.sinceMs === undefined) return
    work.cancel?.()
    work.remainingMs -= this.#scope.nowMs() - work.sinceMs
    delete work.sinceMs
  }

  #drop(work: Work): void {
    work.cancel?.()
    this.#all.delete(work)
  }
}
