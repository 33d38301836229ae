import type { OsdMap } from './osd-map.ts'
import type { PlacedData } from './placed-data.ts'

interface Surroundings {
  readonly nodes: readonly string[]
  readonly osdMap: OsdMap
  readonly data: PlacedData
  /** Of the pools in which guests have their disks. */
  guestPoolIds(): readonly number[]
  reaches(from: string, to: string): boolean
  nowMs(): number
  /** From some node the disks of guests began or ceased to answer. */
  changed(): void
}

/** From which nodes reads and writes of guests are answered now. No monitor is needed for that. */
export class DiskAnswers {
  readonly #with: Surroundings
  readonly #answering = new Map<string, boolean>()
  /** When they last ceased to. */
  readonly #silentSinceMs = new Map<string, number>()
  #version = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** Grows whenever disks begin or cease to answer on some node. */
  get version(): number {
    return this.#version
  }

  on(node: string): boolean {
    return this.#answering.get(node) ?? this.#answersOn(node, new Map())
  }

  /** They do, or did so long ago at most. */
  answeredWithin(milliseconds: number, node: string): boolean {
    if (this.on(node)) return true
    const silentSinceMs = this.#silentSinceMs.get(node) ?? Number.NEGATIVE_INFINITY
    return this.#with.nowMs() - silentSinceMs < milliseconds
  }

  /** To be called whenever OSDs, paths or placed data may have changed. */
  reconsider(): void {
    let changed = false
    const known = new Map<string, boolean>()
    for (const node of this.#with.nodes) {
      const answers = this.#answersOn(node, known)
      if (this.#answering.get(node) === answers) continue
      this.#answering.set(node, answers)
      if (!answers) this.#silentSinceMs.set(node, this.#with.nowMs())
      changed = true
    }
    if (!changed) return
    this.#version += 1
    this.#with.changed()
  }

  /** `known`: what was found for the same OSDs a moment ago, by their ids: most nodes reach the same ones. */
  #answersOn(node: string, known: Map<string, boolean>): boolean {
    const { osds, flags } = this.#with.osdMap
    if (flags.has('pausewr') || osds.some(({ fullness, in: isIn }) => isIn && fullness === 'full'))
      return false
    const reached = new Set<number>()
    for (const { id, process, node: host } of osds)
      if (process === 'serving' && this.#with.reaches(node, host)) reached.add(id)
    const ids = [...reached].join()
    const answers = known.get(ids) ?? this.#with.data.isServed(reached, new Set(this.#with.guestPoolIds()))
    known.set(ids, answers)
    return answers
  }
}
