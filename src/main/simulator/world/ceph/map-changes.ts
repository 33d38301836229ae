import type { CephMonitors } from './ceph-monitors.ts'
import type { Osd } from './osd.ts'

/** A change of the map that waits for monitors to agree on it. */
interface MapChange {
  readonly publish: () => void
  /** A report of its death, which those who sent it repeat after a long time without monitors. */
  readonly death: Osd | undefined
}

/** Changes of the OSD map in the order in which the monitors heard of them; they are published by a whole quorum. */
export class MapChanges {
  readonly #monitors: Pick<CephMonitors, 'canCommit'>
  #waiting: MapChange[] = []

  constructor(monitors: Pick<CephMonitors, 'canCommit'>) {
    this.#monitors = monitors
  }

  add(publish: () => void, death?: Osd): void {
    this.#waiting.push({ publish, death })
    this.flush()
  }

  /** The monitors may have become able to publish. */
  flush(): void {
    while (this.#monitors.canCommit) {
      const change = this.#waiting.shift()
      if (change === undefined) return
      change.publish()
    }
  }

  /** Nothing is left of reports of killed OSDs. Answers which they were of. */
  forgetKilled(): Osd[] {
    const isOfKilled = ({ death }: MapChange) => death?.end === 'killed'
    const forgotten = this.#waiting.filter(isOfKilled)
    this.#waiting = this.#waiting.filter((change) => !isOfKilled(change))
    return forgotten.map(({ death }) => death).filter((osd) => osd !== undefined)
  }
}
