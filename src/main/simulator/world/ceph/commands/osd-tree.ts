import type { CephReport, OsdReport } from '../ceph-report.ts'
import { crushHosts, crushWeight, osdNodeJson, treeNodesJson } from './crush-nodes.ts'
import { column, textTable } from './text-table.ts'

/** The answer to `ceph osd tree -f json`. */
export function osdTreeJson(report: CephReport) {
  const nodes = treeNodesJson(
    report,
    () => ({}),
    (osd) => ({
      ...osdNodeJson(osd),
      exists: 1,
      status: osd.up ? 'up' : 'down',
      reweight: osd.reweight,
      primary_affinity: 1,
    }),
  )
  return { nodes, stray: [] }
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
