import type { CephReport, OsdReport } from '../ceph-report.ts'
import { crushHosts, crushWeight, osdNodeJson } from './crush-nodes.ts'
import { column, textTable } from './text-table.ts'

/** The answer to `ceph osd tree -f json`. */
export function osdTreeJson(report: CephReport) {
  const hosts = crushHosts(report)
  return {
    nodes: [
      {
        id: -1,
        name: 'default',
        type: 'root',
        type_id: 11,
        children: hosts.map(({ id }) => id).reverse(),
      },
      ...hosts.flatMap(({ id, name, osds }) => [
        {
          id,
          name,
          type: 'host',
          type_id: 1,
          pool_weights: {},
          children: osds.map((osd) => osd.id).reverse(),
        },
        ...osds.map((osd) => ({
          ...osdNodeJson(osd),
          exists: 1,
          status: osd.up ? 'up' : 'down',
          reweight: osd.reweight,
          primary_affinity: 1,
        })),
      ]),
    ],
    stray: [],
  }
}

/** The answer to `ceph osd tree`. */
export function osdTreeText(report: CephReport): string {
  const hosts = crushHosts(report)
  const weightOf = (osds: readonly OsdReport[]) =>
    osds.reduce((sum, osd) => sum + crushWeight(osd), 0).toFixed(5)
  const rows = [
    ['-1', '', report.osds.length === 0 ? '0' : weightOf(report.osds), 'root default'],
    ...hosts.flatMap(({ id, name, osds }) => [
      [String(id), '', weightOf(osds), `    host ${name}`],
      ...osds.map((osd) => [
        String(osd.id),
        'hdd',
        crushWeight(osd).toFixed(5),
        `        osd.${osd.id}`,
        osd.up ? 'up' : 'down',
        osd.reweight === 0 ? '0' : osd.reweight.toFixed(5),
        '1.00000',
      ]),
    ]),
  ]
  const columns = [
    column('ID'),
    column('CLASS'),
    column('WEIGHT'),
    column('TYPE NAME', 'left'),
    column('STATUS'),
    column('REWEIGHT'),
    column('PRI-AFF'),
  ]
  return `${textTable(columns, rows).join('\n')}\n`
}
