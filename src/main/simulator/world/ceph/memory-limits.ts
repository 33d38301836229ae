import type { WorldParameters } from '../parameters.ts'
import type { CephManagers } from './ceph-managers.ts'
import { killedForMemory } from './ceph-memory.ts'
import type { OsdMap } from './osd-map.ts'
import type { PlacedData } from './placed-data.ts'

interface Surroundings {
  readonly managers: CephManagers
  readonly osdMap: OsdMap
  readonly data: PlacedData
  readonly parameters: WorldParameters
  /** Clients read and write. */
  isUsed(): boolean
  log(node: string, message: string): void
  killed(node: string, victim: 'manager' | 'osd'): void
}

/** What the kernels of small nodes leave to Ceph's daemons. What they kill stays dead until it is started. */
export class MemoryLimits {
  readonly #with: Surroundings
  readonly #limitsMiB = new Map<string, number>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** The node's daemons may have no more than that, or any amount if infinite. */
  set(node: string, limitMiB: number): void {
    if (limitMiB === Number.POSITIVE_INFINITY) {
      this.#limitsMiB.delete(node)
      return
    }
    this.#limitsMiB.set(node, limitMiB)
    this.obey()
  }

  /** The kernel kills who has to go, if anybody. */
  obey(): void {
    const { managers, osdMap, data, parameters } = this.#with
    for (const [node, limitMiB] of this.#limitsMiB) {
      const osds = osdMap.osdsOn(node).filter(({ process }) => process !== 'none')
      const isRecovering = osds.some((osd) => data.recovery.fills(osd))
      const activity = isRecovering ? 'recovery' : this.#with.isUsed() ? 'load' : 'idle'
      const daemons = { hasManager: managers.isRunning(node), osds: osds.length, activity } as const
      const victim = killedForMemory(daemons, limitMiB, parameters)
      if (victim === undefined) continue
      this.#with.log(node, `Out of memory: Killed process (ceph-${victim === 'osd' ? 'osd' : 'mgr'})`)
      if (victim === 'manager') managers.stop(node, false)
      else for (const osd of osds) osdMap.stopOsd(osd.id, 'killed')
      this.#with.killed(node, victim)
    }
  }
}
