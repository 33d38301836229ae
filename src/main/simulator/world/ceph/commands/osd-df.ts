import type { CephReport, OsdReport } from '../ceph-report.ts'
import { crushHosts, crushWeight, osdNodeJson, treeNodesJson } from './crush-nodes.ts'
import { bytesText } from './number-text.ts'
import { column, textTable } from './text-table.ts'

interface Use {
  readonly kb: number
  readonly used: number
  readonly data: number
  readonly meta: number
  readonly utilization: number
}

const nothing: Use = { kb: 0, used: 0, data: 0, meta: 0, utilization: 0 }

/** An OSD that is out tells nothing; one that is down but in keeps its last figures, if the manager has heard them. */
function useOf({ hasFigures, usage }: OsdReport, isKnown: boolean): Use {
  if (!hasFigures || !isKnown) return nothing
  const used = usage.dataKiB + usage.metaKiB
  return {
    kb: usage.totalKiB,
    used,
    data: usage.dataKiB,
    meta: usage.metaKiB,
    utilization: (100 * used) / usage.totalKiB,
  }
}

function summaryOf(report: CephReport) {
  const isKnown = report.groups.ready || report.groups.groups === 0
  const uses = report.osds.map((osd) => useOf(osd, isKnown))
  const total = sumOf(uses)
  const average = total.utilization
  const present = uses.filter((use) => use.kb > 0)
  const variances = present.map((use) => (average === 0 ? 1 : use.utilization / average))
  const squares = present.reduce((total, use) => total + (use.utilization - average) ** 2, 0)
  return {
    uses,
    total,
    average,
    least: present.length === 0 ? -1 : Math.min(...variances),
    most: present.length === 0 ? -1 : Math.max(...variances),
    deviation: present.length === 0 ? 0 : Math.sqrt(squares / present.length),
  }
}

function varianceOf(use: Use, average: number): number {
  return average === 0 ? 0 : use.utilization / average
}

/** Of several OSDs together. */
function sumOf(uses: readonly Use[]): Use {
  const sum = (of: (use: Use) => number) => uses.reduce((total, use) => total + of(use), 0)
  const kb = sum((use) => use.kb)
  const used = sum((use) => use.used)
  return {
    kb,
    used,
    data: sum((use) => use.data),
    meta: sum((use) => use.meta),
    utilization: kb === 0 ? 0 : (100 * used) / kb,
  }
}

function figuresJson(use: Use, average: number) {
  return {
    kb: use.kb,
    kb_used: use.used,
    kb_used_data: use.data,
    kb_used_omap: 0,
    kb_used_meta: use.meta,
    kb_avail: use.kb - use.used,
    utilization: use.utilization,
    var: varianceOf(use, average),
  }
}

function osdJson(osd: OsdReport, use: Use, average: number) {
  return {
    ...osdNodeJson(osd),
    reweight: osd.reweight,
    ...figuresJson(use, average),
    pgs: use.kb === 0 ? 0 : osd.groups,
    status: osd.up ? 'up' : 'down',
  }
}

/** The answer to `ceph osd df -f json`. */
export function osdDfJson(report: CephReport) {
  const { uses, average } = summaryOf(report)
  return {
    nodes: report.osds.map((osd, index) => osdJson(osd, uses[index] as Use, average)),
    ...endOfJson(report),
  }
}

/** The answer to `ceph osd df tree -f json`. */
export function osdDfTreeJson(report: CephReport) {
  const { uses, average } = summaryOf(report)
  const useOf = new Map(report.osds.map((osd, index) => [osd, uses[index] as Use]))
  const together = (osds: readonly OsdReport[]) => sumOf(osds.map((osd) => useOf.get(osd) as Use))
  const nodes = treeNodesJson(
    report,
    (osds) => ({ reweight: -1, ...figuresJson(together(osds), average), pgs: 0 }),
    (osd) => osdJson(osd, useOf.get(osd) as Use, average),
  )
  return { nodes, ...endOfJson(report) }
}

function endOfJson(report: CephReport) {
  const { total, average, least, most, deviation } = summaryOf(report)
  return {
    stray: [],
    summary: {
      total_kb: total.kb,
      total_kb_used: total.used,
      total_kb_used_data: total.data,
      total_kb_used_omap: 0,
      total_kb_used_meta: total.meta,
      total_kb_avail: total.kb - total.used,
      average_utilization: average,
      min_var: least,
      max_var: most,
      dev: deviation,
    },
  }
}

function sizesText(use: Use): string[] {
  return [
    bytesText(use.kb * 1024),
    bytesText(use.used * 1024),
    bytesText(use.data * 1024),
    '0 B',
    bytesText(use.meta * 1024),
    bytesText((use.kb - use.used) * 1024),
  ]
}

function osdCells(osd: OsdReport, use: Use, average: number): string[] {
  return [
    String(osd.id),
    'hdd',
    crushWeight(osd).toFixed(5),
    osd.reweight === 0 ? '0' : osd.reweight.toFixed(5),
    ...sizesText(use),
    use.kb === 0 ? '0' : use.utilization.toFixed(2),
    use.kb === 0 ? '0' : varianceOf(use, average).toFixed(2),
    String(use.kb === 0 ? 0 : osd.groups),
    osd.up ? 'up' : 'down',
  ]
}

const columns = [
  'ID',
  'CLASS',
  'WEIGHT',
  'REWEIGHT',
  'SIZE',
  'RAW USE',
  'DATA',
  'OMAP',
  'META',
  'AVAIL',
  '%USE',
  'VAR',
  'PGS',
  'STATUS',
].map((header) => column(header))

/** The answer to `ceph osd df`. */
export function osdDfText(report: CephReport): string {
  const { uses, average } = summaryOf(report)
  const rows = report.osds.map((osd, index) => osdCells(osd, uses[index] as Use, average))
  return withTotal(report, columns, rows)
}

/** The answer to `ceph osd df tree`. */
export function osdDfTreeText(report: CephReport): string {
  const { uses, total, average } = summaryOf(report)
  const useOfOsd = new Map(report.osds.map((osd, index) => [osd, uses[index] as Use]))
  const bucket = (id: number, osds: readonly OsdReport[], use: Use, name: string) => [
    String(id),
    '',
    osds.reduce((sum, osd) => sum + crushWeight(osd), 0).toFixed(5),
    '-',
    ...sizesText(use),
    use.utilization.toFixed(2),
    varianceOf(use, average).toFixed(2),
    '-',
    '',
    name,
  ]
  const rows = [
    bucket(-1, report.osds, total, 'root default'),
    ...crushHosts(report).flatMap(({ id, name, osds }) => [
      bucket(id, osds, sumOf(osds.map((osd) => useOfOsd.get(osd) as Use)), `    host ${name}`),
      ...osds.map((osd) => [...osdCells(osd, useOfOsd.get(osd) as Use, average), `        osd.${osd.id}`]),
    ]),
  ]
  return withTotal(report, [...columns, column('TYPE NAME', 'left')], rows)
}

function withTotal(report: CephReport, headers: typeof columns, rows: readonly string[][]): string {
  const { total, average, least, most, deviation } = summaryOf(report)
  const all = [...rows, ['', '', '', 'TOTAL', ...sizesText(total), average.toFixed(2)]]
  const spread = `MIN/MAX VAR: ${least.toFixed(2)}/${most.toFixed(2)}  STDDEV: ${deviation.toFixed(2)}`
  return `${[...textTable(headers, all), spread].join('\n')}\n`
}
