import type { Lab, LabGuest, LabNode } from '../../shared/domain/lab.ts'

export interface LabShape extends Partial<Omit<Lab, 'nodes' | 'guests'>> {
  /** How many, named pve1, pve2 and so on. */
  readonly nodes?: number
  /** What all nodes have otherwise than usual. */
  readonly node?: Partial<LabNode>
  /** What each guest has otherwise than a small virtual machine on pve1. */
  readonly guests?: readonly Partial<LabGuest>[]
}

/** A lab for tests: three roomy nodes with Ceph, on a laptop for which they are no burden, with one guest. */
export function labOf({ nodes = 3, node, guests = [{}], ...rest }: LabShape = {}): Lab {
  return {
    name: 'test',
    laptop: { ramMiB: 262_144, threads: 64 },
    nodes: Array.from({ length: nodes }, (_, index) => ({
      name: `pve${index + 1}`,
      ramMiB: 8192,
      cpus: 2,
      systemDiskGB: 50,
      cephDiskGB: 25,
      ...node,
    })),
    guests: guests.map((guest, index) => ({
      id: `vm:${100 + index}`,
      name: `guest-${index}`,
      ramMiB: 512,
      cpus: 1,
      diskGB: 4,
      node: 'pve1',
      ...guest,
    })),
    ceph: { size: 3, minSize: 2 },
    ...rest,
  }
}
