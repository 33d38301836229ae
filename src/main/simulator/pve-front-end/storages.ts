/** Storages of a lab: each node's own directory, and the Ceph pool of the guests where there is one. */
import { gibibyte } from './load-figures.ts'
import type { ServedLab } from './served-lab.ts'

export interface Storage {
  readonly storage: string
  readonly type: 'dir' | 'rbd'
  readonly content: string
  readonly isShared: boolean
  /** As it stands in storage.cfg. */
  readonly configuration: Readonly<Record<string, unknown>>
}

/** Name of the pool and its storage. */
export const poolName = 'rbd1'

const local: Storage = {
  storage: 'local',
  type: 'dir',
  content: 'backup,vztmpl,snippets,rootdir,images,iso',
  isShared: false,
  configuration: { path: '/var/lib/vz', 'prune-backups': 'keep-all=1' },
}

const pool: Storage = {
  storage: poolName,
  type: 'rbd',
  content: 'rootdir,images',
  isShared: true,
  configuration: { pool: poolName, krbd: 0 },
}

export function storages({ world }: ServedLab): readonly Storage[] {
  return world.lab.nodes.some((node) => node.cephDiskGB > 0) ? [local, pool] : [local]
}

export function storageFigures(
  { world }: ServedLab,
  { type }: Storage,
  node: string,
): { used: number; total: number } {
  const { lab } = world
  if (type === 'dir')
    return {
      used: 3 * gibibyte,
      total: (lab.nodes.find(({ name }) => name === node)?.systemDiskGB ?? 0) * gibibyte,
    }
  const report = world.ceph.report(node)
  if (report === undefined) return { used: 0, total: 0 }
  const totalKiB = report.osds.reduce((sum, { usage }) => sum + usage.totalKiB, 0)
  return { used: report.groups.dataBytes, total: Math.floor((totalKiB * 1024) / lab.ceph.size) }
}
