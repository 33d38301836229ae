import { type LabStorage, storageOfGuest } from '../../../shared/domain/lab.ts'
import { missingOn, type PlacementGroup } from '../world/ceph/placement.ts'
import type { Invariant, InvariantPlace } from './invariant.ts'

/** What the monitor itself has seen of a placement group's writes. */
interface GroupHistory {
  /** OSDs that took the writes that go on now; undefined while nobody can write. */
  writers: readonly number[] | undefined
  epoch: number
  /** For each OSD the stretches of writes that it did not take and has not copied since. */
  readonly lacks: Map<number, Set<number>>
}

const isRbd = (storage: LabStorage | undefined) => storage?.kind === 'rbd'

/**
 * What an RBD pool acknowledged is there whenever it serves: for every stretch of writes at least one OSD that is up
 * and holds the placement group took part in it, or has copied it from one that did.
 */
export function noWriteLost({ world, report }: InvariantPlace): Invariant {
  const { ceph } = world
  const histories = new Map<PlacementGroup, GroupHistory>()
  const users = world.guests.filter(({ spec }) => isRbd(storageOfGuest(world.lab, spec)))
  const historyOf = (group: PlacementGroup): GroupHistory => {
    const known = histories.get(group)
    if (known !== undefined) return known
    const history: GroupHistory = { writers: undefined, epoch: 0, lacks: new Map() }
    histories.set(group, history)
    return history
  }
  const writes = () =>
    users.some(
      ({ host, isRunning, isPaused }) =>
        host !== undefined && isRunning && !isPaused && ceph.diskAnswers(host),
    )

  /** Stretches of writes that none of those OSDs has. */
  const lostTo = (history: GroupHistory, serving: readonly number[]): number => {
    const [first, ...others] = serving.map((osd) => history.lacks.get(osd))
    if (first === undefined) return 0
    return [...first].filter((epoch) => others.every((lacked) => lacked?.has(epoch) === true)).length
  }

  const check = (group: PlacementGroup, isWritten: boolean) => {
    const history = historyOf(group)
    const serving = group.spares.length === 0 ? group.acting : [...group.acting, ...group.spares]
    if (history.lacks.size > 0) compareCopies(group, history, serving, isWritten)
    if (isWritten) noteWriters(history, serving)
    else history.writers = undefined
  }

  const compareCopies = (
    group: PlacementGroup,
    history: GroupHistory,
    serving: readonly number[],
    isWritten: boolean,
  ) => {
    // A stray copy on an OSD that is up is a source as well.
    const sources = new Set([
      ...serving,
      ...[...group.copies.keys()].filter((osd) => ceph.osdMap.osds[osd]?.up),
    ])
    const lost = lostTo(history, [...sources])
    if (lost > 0 && isWritten)
      report(
        `group ${group.id}`,
        `OSDs [${[...sources]}] serve without ${lost} stretches of acknowledged writes`,
      )
    if (lost === 0) for (const osd of serving) if (missingOn(group, osd) === 0) history.lacks.delete(osd)
  }

  const noteWriters = (history: GroupHistory, serving: readonly number[]) => {
    const { writers, lacks } = history
    if (writers?.length === serving.length && serving.every((osd) => writers.includes(osd))) return
    history.writers = serving
    history.epoch += 1
    for (const { id } of ceph.osdMap.osds) {
      if (serving.includes(id)) continue
      const lacked = lacks.get(id) ?? new Set()
      lacks.set(id, lacked.add(history.epoch))
    }
  }

  /** What the groups looked like when they were last checked. */
  let checked = ''
  return {
    stateChanged() {
      const isWritten = writes()
      const found = `${ceph.data.version} ${ceph.osdMap.epoch} ${isWritten}`
      if (found === checked) return
      checked = found
      const { guestPoolId } = ceph.pools
      ceph.data.groups.forEach((group, index) => {
        // Managers keep a pool of their own, to which guests write nothing.
        if (group.poolId !== guestPoolId) return
        const isActive = ceph.data.troubleOf(index).inactiveSinceMs === undefined
        if (isActive) check(group, isWritten)
        else historyOf(group).writers = undefined
      })
    },
  }
}
