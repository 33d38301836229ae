import type { EventScheduler } from '../../../contracts/clock.ts'
import type { WorldParameters } from '../parameters.ts'
import type { Osd } from './osd.ts'
import type { PlacedData } from './placed-data.ts'
import type { PlacementGroup } from './placement.ts'

interface Surroundings {
  readonly data: PlacedData
  readonly scheduler: EventScheduler
  readonly parameters: WorldParameters
  log(node: string, level: string, message: string): void
}

/** Comparing the names and sizes of a group's copies (an assumption). */
const shallowMs = 1000

/**
 * Compares the copies of all groups an OSD is primary of, one group after the other (osd_max_scrubs 1); a deep one
 * reads them. Nothing is ever found: disks of the model do not rot. It ends with the OSD.
 */
export function scrub(osd: Osd, isDeep: boolean, surroundings: Surroundings): void {
  const { data, scheduler, parameters, log } = surroundings
  const word = isDeep ? 'deep-scrub' : 'scrub'
  const msOf = ({ objects }: PlacementGroup) =>
    isDeep
      ? shallowMs + (objects * data.objectBytes * 1000) / (parameters.cephRecoveryBandwidth * 1024 ** 2)
      : shallowMs
  const next = (groups: readonly PlacementGroup[]) => {
    const [group, ...rest] = groups
    if (group === undefined || !osd.up || group.acting[0] !== osd.id) return
    log(osd.node, 'DBG', `${group.id} ${word} starts`)
    scheduler.at(scheduler.nowMs() + Math.round(msOf(group)), () => {
      if (!osd.up) return
      log(osd.node, 'DBG', `${group.id} ${word} ok`)
      next(rest)
    })
  }
  next(data.groups.filter(({ acting }) => acting[0] === osd.id))
}
