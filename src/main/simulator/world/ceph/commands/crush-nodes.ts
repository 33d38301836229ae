import type { CephReport, OsdReport } from '../ceph-report.ts'

export interface CrushHost {
  readonly id: number
  readonly name: string
  readonly osds: readonly OsdReport[]
}

/** Hosts with their OSDs in the order of the tree. The ids are those a cluster gets that is built host by host. */
export function crushHosts({ osds }: CephReport): readonly CrushHost[] {
  const byHost = new Map<string, OsdReport[]>()
  for (const osd of osds) {
    const of = byHost.get(osd.host) ?? []
    of.push(osd)
    byHost.set(osd.host, of)
  }
  return [...byHost].map(([name, of], index) => ({ id: -3 - 2 * index, name, osds: of }))
}

/** Weight of a disk in the CRUSH map: TiB with four decimals, then cut to 16 bits behind the point. */
export function crushWeight({ diskGiB }: OsdReport): number {
  return Math.floor(Number((diskGiB / 1024).toFixed(4)) * 65_536) / 65_536
}

/** What the tree and the use of OSDs say alike of one. */
export function osdNodeJson(osd: OsdReport) {
  return {
    id: osd.id,
    device_class: 'hdd',
    name: `osd.${osd.id}`,
    type: 'osd',
    type_id: 0,
    crush_weight: crushWeight(osd),
    depth: 2,
    pool_weights: {},
  }
}

/** Root, hosts and OSDs in the order of the tree; `bucket` and `leaf` say what is told of each beside its place. */
export function treeNodesJson(
  report: CephReport,
  bucket: (osds: readonly OsdReport[]) => object,
  leaf: (osd: OsdReport) => object,
): readonly object[] {
  const hosts = crushHosts(report)
  const root = { id: -1, name: 'default', type: 'root', type_id: 11 }
  return [
    { ...root, ...bucket(report.osds), children: hosts.map(({ id }) => id).reverse() },
    ...hosts.flatMap(({ id, name, osds }) => [
      {
        ...{ id, name, type: 'host', type_id: 1, pool_weights: {} },
        ...bucket(osds),
        children: osds.map((osd) => osd.id).reverse(),
      },
      ...osds.map(leaf),
    ]),
  ]
}
