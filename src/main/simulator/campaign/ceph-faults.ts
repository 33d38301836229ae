/** What befalls Ceph's daemons, and what people tell its cluster. */
import { anyNode, type FaultMaker, noFault, oneOf, single, type WeightedFault } from './fault-maker.ts'

/** Flags people set, each of which somebody has to take back. */
export const cephFlags: readonly string[] = [
  'noout',
  'nodown',
  'norecover',
  'nobackfill',
  'norebalance',
  'noup',
  'pause',
]

function processFault(
  kind: 'kill-monitor' | 'kill-manager',
  undo: 'start-monitor' | 'start-manager',
): FaultMaker {
  return (site, random) => {
    const node = anyNode(site, random)
    return single({ kind, node }, { kind: undo, node })
  }
}

const flag: FaultMaker = (_site, random) => {
  const name = oneOf(cephFlags, random)
  return single(
    { kind: 'ceph', words: ['osd', 'set', name] },
    { kind: 'ceph', words: ['osd', 'unset', name] },
  )
}

const osdOut: FaultMaker = (site, random) => {
  const osd = String(anyNode(site, random))
  return single({ kind: 'ceph', words: ['osd', 'out', osd] }, { kind: 'ceph', words: ['osd', 'in', osd] })
}

const killOsd: FaultMaker = (site, random) => {
  const osd = anyNode(site, random)
  return single({ kind: 'kill-osd', osd }, { kind: 'start-osd', osd })
}

const withCeph: readonly WeightedFault[] = [
  [4, killOsd],
  [2, processFault('kill-monitor', 'start-monitor')],
  [2, processFault('kill-manager', 'start-manager')],
  [2, flag],
  [1, osdOut],
]

/** In a lab without Ceph nothing happens. */
export const cephFaults: readonly WeightedFault[] = withCeph.map(([weight, make]) => [
  weight,
  (site, random) => (site.lab.nodes.some(({ cephDiskGB }) => cephDiskGB > 0) ? make(site, random) : noFault),
])
