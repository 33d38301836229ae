import type { CephReport, OsdReport } from '../ceph-report.ts'
import { crushHosts, crushWeight } from './crush-nodes.ts'
import { column, textTable } from './text-table.ts'

const rule = {
  rule_id: 0,
  rule_name: 'replicated_rule',
  ruleset: 0,
  type: 1,
  min_size: 1,
  max_size: 10,
  steps: [
    { op: 'take', item: -1, item_name: 'default' },
    { op: 'chooseleaf_firstn', num: 0, type: 'host' },
    { op: 'emit' },
  ],
} as const

/** The answer to `ceph osd crush rule dump`: the only rule a lab has, one copy per host. */
export const crushRuleDumpJson = () => [rule]

/** The answer to `ceph osd crush rule ls`. */
export const crushRuleLsJson = () => [rule.rule_name]

/** The answer to `ceph osd crush tree`. No recording shows this table; its form is that of Ceph's documentation. */
export function crushTreeText(report: CephReport): string {
  const weightOf = (osds: readonly OsdReport[]) =>
    osds.reduce((sum, osd) => sum + crushWeight(osd), 0).toFixed(5)
  const rows = [
    ['-1', '', report.osds.length === 0 ? '0' : weightOf(report.osds), 'root default'],
    ...crushHosts(report).flatMap(({ id, name, osds }) => [
      [String(id), '', weightOf(osds), `    host ${name}`],
      ...osds.map((osd) => [String(osd.id), 'hdd', crushWeight(osd).toFixed(5), `        osd.${osd.id}`]),
    ]),
  ]
  return `${textTable([column('ID'), column('CLASS'), column('WEIGHT'), column('TYPE NAME', 'left')], rows).join('\n')}\n`
}

/** The answer to `ceph node ls`: which daemons each host has. */
export function nodeLsJson({ monitors, managers, osds }: CephReport) {
  const alone = (names: readonly string[]) =>
    Object.fromEntries([...names].sort().map((name) => [name, [name]]))
  const hosts: Record<string, number[]> = {}
  for (const { id, host } of osds) hosts[host] = [...(hosts[host] ?? []), id]
  const active = managers.active === undefined ? [] : [managers.active]
  return { mon: alone(monitors.names), osd: hosts, mgr: alone([...active, ...managers.standbys]) }
}
