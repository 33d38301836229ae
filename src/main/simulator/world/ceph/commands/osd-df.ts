import type { CephReport, OsdReport } from '../ceph-report.ts'
import { crushWeight, osdNodeJson } from './crush-nodes.ts'
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
  const sum = (of: (use: Use) => number) => uses.reduce((total, use) => total + of(use), 0)
  const kb = sum((use) => use.kb)
  const average = kb === 0 ? 0 : (100 * sum((use) => use.used)) / kb
  const present = uses.filter((use) => use.kb > 0)
  const variances = present.map((use) => (average === 0 ? 1 : use.utilization / average))
  const squares = present.reduce((total, use) => total + (use.utilization - average) ** 2, 0)
  return {
    uses,
    total: {
      ...nothing,
      kb,
      used: sum((use) => use.used),
      data: sum((use) => use.data),
      meta: sum((use) => use.meta),
    },
    average,
    least: present.length === 0 ? -1 : Math.min(...variances),
    most: present.length === 0 ? -1 : Math.max(...variances),
    deviation: present.length === 0 ? 0 : Math.sqrt(squares / present.length),
  }
}

function varianceOf(use: Use, average: number): number {
  return average === 0 ? 0 : use.utilization / average
}

/** The answer to `ceph osd df -f json`. */
export function osdDfJson(report: CephReport) {
  const { uses, total, average, least, most, deviation } = summaryOf(report)
  return {
    nodes: report.osds.map((osd, index) => {
      const use = uses[index] as Use
      return {
        ...osdNodeJson(osd),
        reweight: osd.reweight,
        kb: use.kb,
        kb_used: use.used,
        kb_used_data: use.data,
        kb_used_omap: 0,
        kb_used_meta: use.meta,
        kb_avail: use.kb - use.used,
        utilization: use.utilization,
        var: varianceOf(use, average),
        pgs: use.kb === 0 ? 0 : osd.groups,
        status: osd.up ? 'up' : 'down',
      }
    }),
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

/** The answer to `ceph osd df`. */
export function osdDfText(report: CephReport): string {
  const { uses, total, average, least, most, deviation } = summaryOf(report)
  const sizes = (use: Use) => [
    bytesText(use.kb * 1024),
    bytesText(use.used * 1024),
    bytesText(use.data * 1024),
    '0 B',
    bytesText(use.meta * 1024),
    bytesText((use.kb - use.used) * 1024),
  ]
  const rows = report.osds.map((osd, index) => {
    const use = uses[index] as Use
    return [
      String(osd.id),
      'hdd',
      crushWeight(osd).toFixed(5),
      osd.reweight === 0 ? '0' : osd.reweight.toFixed(5),
      ...sizes(use),
      use.kb === 0 ? '0' : use.utilization.toFixed(2),
      use.kb === 0 ? '0' : varianceOf(use, average).toFixed(2),
      String(use.kb === 0 ? 0 : osd.groups),
      osd.up ? 'up' : 'down',
    ]
  })
  rows.push(['', '', '', 'TOTAL', ...sizes(total), average.toFixed(2)])
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
  const spread = `MIN/MAX VAR: ${least.toFixed(2)}/${most.toFixed(2)}  STDDEV: ${deviation.toFixed(2)}`
  return `${[...textTable(columns, rows), spread].join('\n')}\n`
}
