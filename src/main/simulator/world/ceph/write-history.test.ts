import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../base/seeded-random.ts'
import { type PlacementGroup, placementGroups } from './placement.ts'
import { WriteHistory } from './write-history.ts'

/** One group on the OSDs given first, with nothing missing. */
function open(acting: readonly number[]) {
  const osds = [0, 1, 2, 3].map((id) => ({ id, node: `pve${id + 1}`, weight: 25 }))
  const [group] = placementGroups(2, 1, osds, seededRandom(1)) as [PlacementGroup]
  const history = new WriteHistory({ groups: () => [group], hasPeered: () => true })
  const serve = (...members: readonly number[]) => {
    group.acting = members
    for (const id of members)
      if (!group.copies.has(id))
        group.copies.set(id, { missing: 5, leftAtWritten: undefined, fromNothing: true })
    history.beginEpoch()
    return history.epoch
  }
  for (const id of acting) group.copies.set(id, { missing: 0, leftAtWritten: undefined, fromNothing: false })
  group.objects = 5
  return { group, history, serve }
}

describe('the history of writes', () => {
  it('finds what was written on every member that served then, and on nobody else', () => {
    const { history, serve } = open([0, 1, 2])
    const first = serve(0, 1)
    const second = serve(0, 1, 2)
    expect([history.lacking(first), history.lacking(second)]).toEqual([[], []])
    serve(2)
    expect([history.lacking(first), history.lacking(second)]).toEqual([[0], []])
  })

  it('finds it on a copy once that is complete, and not before', () => {
    const { group, history, serve } = open([0, 1])
    const first = serve(0, 1)
    serve(1, 3)
    history.noteProgress()
    serve(3)
    expect(history.lacking(first)).toEqual([0])
    serve(1, 3)
    group.copies.set(3, { missing: 0, leftAtWritten: undefined, fromNothing: false })
    history.noteProgress()
    serve(3)
    expect(history.lacking(first)).toEqual([])
  })
})
