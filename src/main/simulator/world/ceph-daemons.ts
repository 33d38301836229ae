/** Daemons of Ceph on a node, as systemd starts and ends them. */
import type { OsdEnd } from './ceph/osd.ts'
import type { World } from './world.ts'

export type CephDaemonKind = 'mon' | 'mgr' | 'osd'

export interface CephDaemon {
  readonly kind: CephDaemonKind
  /** The name of its node, or the number of the OSD. */
  readonly id: string
  readonly isActive: boolean
  /** Nothing happens to one that runs. */
  start(): void
  stop(how: OsdEnd): void
  /** A frozen one goes on. */
  thaw(): void
}

/** Those that were created there, running or not. */
export function cephDaemonsOn(world: World, node: string): readonly CephDaemon[] {
  const { monitors, managers, osdMap } = world.ceph
  return [
    ...(monitors.has(node) ? [onlyOneOf('mon', world, node)] : []),
    ...(managers.has(node) ? [onlyOneOf('mgr', world, node)] : []),
    ...osdMap.osdsOn(node).map(({ id }) => osdWith(world, id)),
  ]
}

const slowdownOf = (world: World, node: string) => world.load.slowdown(world.node(node).spec)

/** The monitor or the manager of a node. A frozen monitor that goes on is to its cluster as one that starts. */
function onlyOneOf(kind: 'mon' | 'mgr', world: World, node: string): CephDaemon {
  const { ceph } = world
  const daemons = kind === 'mon' ? ceph.monitors : ceph.managers
  const start = () => {
    if (!daemons.isRunning(node)) daemons.start(node, slowdownOf(world, node))
    ceph.reconsider()
  }
  return {
    kind,
    id: node,
    get isActive() {
      return daemons.isRunning(node)
    },
    start,
    stop(how) {
      daemons.stop(node, how === 'orderly')
      ceph.reconsider()
    },
    thaw() {
      if (kind === 'mon') start()
      else {
        ceph.managers.thaw(node)
        ceph.reconsider()
      }
    },
  }
}

function osdWith(world: World, id: number): CephDaemon {
  const { ceph } = world
  const osd = () => ceph.osdMap.osds[id]
  return {
    kind: 'osd',
    id: String(id),
    get isActive() {
      return osd()?.process !== 'none' || osd()?.end === 'lost'
    },
    start() {
      const stopped = osd()
      if (stopped?.process === 'none') ceph.osdMap.startOsd(id, slowdownOf(world, stopped.node))
      ceph.reconsider()
    },
    stop(how) {
      ceph.osdMap.stopOsd(id, how)
      ceph.reconsider()
    },
    thaw: () => ceph.osdMap.thawOsd(id),
  }
}
