import type { Lab, LabGuest } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'

/** A lab of three to seven nodes with room for all its guests, on a laptop that carries it. */
export function randomLab(random: Random): Lab {
  const nodeCount = 3 + random.int(5)
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    name: `pve${index + 1}`,
    ramMiB: 8192,
    cpus: 1 + random.int(4),
    systemDiskGB: 50,
    cephDiskGB: 25,
  }))
  const guests = Array.from({ length: 1 + random.int(2 * nodeCount) }, (_, index): LabGuest => {
    const isVm = random.fraction() < 0.5
    return {
      id: `${isVm ? 'vm' : 'ct'}:${101 + index}`,
      name: `guest-${101 + index}`,
      ramMiB: 256 << random.int(3),
      cpus: 1,
      diskGB: 4,
      node: nodes[random.int(nodeCount)]?.name ?? 'pve1',
    }
  })
  const size = 2 + random.int(2)
  return {
    name: 'campaign',
    laptop: { ramMiB: 131_072, threads: 64 },
    nodes,
    guests,
    ceph: { size, minSize: Math.max(1, size - random.int(2)) },
  }
}
