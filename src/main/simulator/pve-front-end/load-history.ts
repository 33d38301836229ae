/** Load over time, one figure a minute, as the nodes' statistics daemon keeps it. */
import { guestFigures, nodeFigures } from './load-figures.ts'
import type { ServedLab } from './served-lab.ts'
import { isFor, isStorageActive, storageFigures, storages } from './storages.ts'

interface Point {
  readonly seconds: number
  readonly figures: Readonly<Record<string, number>>
}

const stepSeconds = 60
const hoursKept = 24

type Frames = Readonly<Record<string, readonly [number, number]>>

/** Distance in seconds and number of the points of each time frame (proxmox.md 7.5). */
const framesOf8: Frames = {
  hour: [60, 70],
  day: [1800, 70],
  week: [10_800, 70],
  month: [43_200, 70],
  year: [604_800, 70],
}
const framesOf9: Frames = {
  hour: [60, 60],
  day: [60, 1440],
  week: [1800, 336],
  month: [1800, 1440],
  year: [21_600, 1440],
  decade: [604_800, 570],
}

export class LoadHistory {
  readonly #points = new Map<string, Point[]>()
  readonly #lab: ServedLab

  constructor(lab: ServedLab) {
    this.#lab = lab
    this.#planNext()
  }

  /** `subject`: a node's name or a guest's id. A point without figures was not measured. */
  read(subject: string, timeframe: string): Readonly<Record<string, number>>[] {
    const frames = this.#lab.isSince('9.0') ? framesOf9 : framesOf8
    const [step, count] = frames[timeframe] ?? [60, 70]
    const last = Math.floor(this.#lab.wallTime.seconds() / step) * step
    const points = this.#points.get(subject) ?? []
    return Array.from({ length: count }, (_none, index) => {
      const time = last - (count - 1 - index) * step
      const measured = points.findLast(({ seconds }) => seconds > time - step && seconds <= time)
      return { time, ...measured?.figures }
    })
  }

  #planNext(): void {
    const { scheduler } = this.#lab.world
    scheduler.at(scheduler.nowMs() + stepSeconds * 1000, () => {
      this.#measure()
      this.#planNext()
    })
  }

  #measure(): void {
    const { world } = this.#lab
    for (const node of world.nodes) {
      if (node.upSinceMs === undefined) continue
      const { cpu, maxcpu, mem, maxmem, disk, maxdisk } = nodeFigures(this.#lab, node.name)
      this.#keep(node.name, {
        cpu,
        maxcpu,
        iowait: 0,
        loadavg: cpu * maxcpu,
        memused: mem,
        memtotal: maxmem,
        swapused: 0,
        swaptotal: 0,
        rootused: disk,
        roottotal: maxdisk,
        netin: 0,
        netout: 0,
      })
    }
    for (const node of world.nodes.filter(({ upSinceMs }) => upSinceMs !== undefined))
      for (const storage of storages(this.#lab).filter((each) => isFor(each, node.name)))
        if (isStorageActive(this.#lab, storage, node.name)) {
          const { used, total } = storageFigures(this.#lab, storage, node.name)
          this.#keep(`${node.name}/${storage.storage}`, { used, total })
        }
    for (const guest of world.guests) {
      if (!guest.isRunning) continue
      const { cpu, mem, maxmem, disk, maxdisk } = guestFigures(this.#lab, guest, true)
      const { cpus } = guest.spec
      const traffic = { netin: 98, netout: 98, diskread: 0, diskwrite: 0 }
      this.#keep(guest.id, { cpu, maxcpu: cpus, mem, maxmem, disk, maxdisk, ...traffic })
    }
  }

  #keep(subject: string, figures: Readonly<Record<string, number>>): void {
    const points = this.#points.get(subject) ?? []
    this.#points.set(subject, points)
    points.push({ seconds: this.#lab.wallTime.seconds(), figures })
    if (points.length > (hoursKept * 3600) / stepSeconds) points.shift()
  }
}
