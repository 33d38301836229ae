import assert from 'node:assert'
import type { LabNode } from '../../../shared/domain/lab.ts'
import type { Osd } from './ceph/osd.ts'

/** What lies on a disk. */
export type DiskContent =
  | { readonly kind: 'system' | 'empty' | 'gpt' }
  /** OSDs, each in a logical volume of one volume group. */
  | { readonly kind: 'osd'; readonly ids: readonly number[] }
  /** Volume group of OSDs that were destroyed without cleaning up. */
  | { readonly kind: 'remains'; readonly ids: readonly number[] }
  | { readonly kind: 'zfs'; readonly name: string; readonly raid: string }
  | { readonly kind: 'lvm' | 'lvmthin'; readonly name: string }
  | { readonly kind: 'directory'; readonly name: string; readonly filesystem: string }

export interface NodeDisk {
  /** `sda`. */
  readonly name: string
  readonly sizeGiB: number
  readonly content: DiskContent
}

/** The disks of each node: one with its system, and one for data where the lab has it. */
export class NodeDisks {
  readonly #disks: Map<string, readonly NodeDisk[]>

  /** `osds`: those that lie on the data disks from the beginning. `emptyGB`: of other data disks, by node. */
  constructor(nodes: readonly LabNode[], osds: readonly Osd[], emptyGB: ReadonlyMap<string, number>) {
    this.#disks = new Map(
      nodes.map(({ name, systemDiskGB, cephDiskGB }) => {
        const ids = osds.filter(({ node }) => node === name).map(({ id }) => id)
        const content: DiskContent = ids.length > 0 ? { kind: 'osd', ids } : { kind: 'empty' }
        const sizeGiB = cephDiskGB > 0 ? cephDiskGB : (emptyGB.get(name) ?? 0)
        const system: NodeDisk = { name: 'sda', sizeGiB: systemDiskGB, content: { kind: 'system' } }
        return [name, sizeGiB > 0 ? [system, { name: 'sdb', sizeGiB, content }] : [system]]
      }),
    )
  }

  of(node: string): readonly NodeDisk[] {
    return this.#disks.get(node) ?? []
  }

  /** `device`: its path, or that of one of its partitions. */
  find(node: string, device: string): NodeDisk | undefined {
    return this.of(node).find(({ name }) => device.replace(/\d+$/, '') === `/dev/${name}`)
  }

  /** What lies on a disk from now on. */
  fill(node: string, disk: string, content: DiskContent): void {
    const disks = this.of(node)
    assert(
      disks.some(({ name }) => name === disk),
      `${node} has no disk ${disk}`,
    )
    this.#disks.set(
      node,
      disks.map((each) => (each.name === disk ? { ...each, content } : each)),
    )
  }
}
