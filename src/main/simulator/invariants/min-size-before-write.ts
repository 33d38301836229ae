import type { Invariant, InvariantPlace } from './invariant.ts'

/**
 * A node whose guests' writes are acknowledged reaches, for every placement group, at least as many serving copies
 * as the lab's min_size asks for.
 */
export function minSizeBeforeWrite({ world, report }: InvariantPlace): Invariant {
  const { ceph } = world
  const { minSize } = world.lab.ceph
  const reachedBy = (node: string): readonly boolean[] =>
    ceph.osdMap.osds.map(
      (osd) => osd.process === 'serving' && world.network.reaches(node, osd.node, 'cluster'),
    )
  return {
    stateChanged({ places }) {
      if (!places || ceph.osdMap.osds.length === 0) return
      const pools = new Set(ceph.pools.ofGuests.map(({ id }) => id))
      for (const { name, networkUp } of world.nodes) {
        if (!networkUp || !ceph.diskAnswers(name)) continue
        const reached = reachedBy(name)
        for (const { id, poolId, acting, spares } of ceph.data.groups) {
          if (!pools.has(poolId)) continue
          let copies = 0
          for (const osd of acting) if (reached[osd]) copies += 1
          if (copies < minSize) for (const osd of spares) if (reached[osd]) copies += 1
          if (copies < minSize) {
            report(name, `writes to group ${id} are acknowledged with OSDs [${acting}]`)
            break
          }
        }
      }
    },
  }
}
