/** Round-trip times of one series: mean as a line, minimum to maximum as a band, loss as orange columns. */

import type { ReactNode } from 'react'
import { useCallback } from 'react'
import type { ProbeKind } from '../../../shared/domain/plan.ts'
import { type ChartDrawing, commonOptions, legendItem, timeAxis, valueAxis } from './chart-drawing.ts'
import { ChartFigure } from './chart-figure.tsx'
import type { ChartPalette } from './chart-palette.ts'
import { type ChartTable, numberCell } from './chart-table.ts'
import { type ChartText, useChartText } from './chart-text.ts'
import type { FaultMarker } from './fault-markers.ts'
import { drawFaultMarks, faultMarkRoom } from './fault-marks.ts'
import { fillOf } from './fill-pattern.ts'
import { drawLossColumns } from './loss-columns.ts'
import { type RttPoint, rttSummaryOf } from './rtt-points.ts'
import { clockLabel } from './time-ticks.ts'
import type { TimeWindow } from './time-window.ts'

export interface ProbeRttChartProps {
  readonly subject: string
  readonly probe: ProbeKind
  readonly intervalMs: number
  readonly deadlineMs: number
  readonly points: readonly RttPoint[]
  readonly faults: readonly FaultMarker[]
  readonly shown: TimeWindow
  readonly fileName: string
  /** Choice of guest and probe. */
  readonly controls?: ReactNode
}

const heightPx = 300

export function ProbeRttChart(props: ProbeRttChartProps) {
  const { subject, probe, intervalMs, deadlineMs, points, faults, shown } = props
  const text = useChartText()
  const { t, format } = text
  const draw = useCallback(
    (palette: ChartPalette) => drawRtt({ points, faults, shown }, palette, text),
    [points, faults, shown, text],
  )
  const table = useCallback(() => rttTable(points, text), [points, text])
  const found = rttSummaryOf(points)
  const kind = t(`terms:probeKind.${probe}`)
  const summary =
    found.minMs === null || found.maxMs === null
      ? t('charts:rtt.summaryNone', { subject, kind, sent: format.number(found.sent) })
      : t('charts:rtt.summary', {
          subject,
          kind,
          min: format.number(found.minMs, 2),
          max: format.number(found.maxMs, 2),
          lost: format.number(found.lost),
          sent: format.number(found.sent),
        })
  const first = points[0]
  return (
    <ChartFigure
      title={t('charts:rtt.title')}
      summary={summary}
      method={t('charts:rtt.method', {
        interval: format.number(intervalMs / 1000, 3),
        deadline: format.number(deadlineMs / 1000, 3),
        bucket: format.preciseDuration(first === undefined ? 0 : (first.toMs - first.fromMs) / 1000),
      })}
      draw={draw}
      heightPx={heightPx}
      table={table}
      fileName={props.fileName}
      controls={props.controls}
      empty={first === undefined ? t('charts:rtt.empty') : undefined}
    />
  )
}

interface RttInput {
  readonly points: readonly RttPoint[]
  readonly faults: readonly FaultMarker[]
  readonly shown: TimeWindow
}

function drawRtt(
  { points, faults, shown }: RttInput,
  palette: ChartPalette,
  { t, format }: ChartText,
): ChartDrawing {
  const hatch = fillOf('rising', palette.void, 'transparent')
  const common = commonOptions(palette, format.language, [
    legendItem(t('charts:rtt.mean'), palette.up, palette.up, palette),
    legendItem(t('charts:rtt.band'), palette.upBand, palette.up, palette),
    legendItem(t('charts:rtt.loss'), palette.down, palette.down, palette),
    legendItem(t('terms:outcomeClass.void'), hatch, palette.void, palette),
  ])
  const visible = points.filter((point) => point.toMs >= shown.fromMs && point.fromMs <= shown.toMs)
  const line = (name: 'minMs' | 'meanMs' | 'maxMs') => ({
    type: 'line' as const,
    label: name,
    data: visible.map((point) => ({ x: (point.fromMs + point.toMs) / 2, y: point[name] })),
    spanGaps: false,
    borderColor: palette.up,
    pointRadius: 0,
    pointHitRadius: 6,
  })
  return {
    configuration: {
      type: 'line',
      data: {
        datasets: [
          { ...line('meanMs'), borderWidth: 1.5 },
          { ...line('maxMs'), borderWidth: 0.5, fill: '+1', backgroundColor: palette.upBand },
          { ...line('minMs'), borderWidth: 0.5 },
          {
            // An answer between two outages has no neighbour to draw a line to; it gets a dot.
            type: 'line' as const,
            label: 'alone',
            showLine: false,
            data: visible
              .filter((point, index) => point.meanMs !== null && standsAlone(visible, index))
              .map((point) => ({ x: (point.fromMs + point.toMs) / 2, y: point.meanMs })),
            pointRadius: 2,
            pointBackgroundColor: palette.up,
            borderColor: palette.up,
          },
        ],
      },
      options: {
        ...common,
        layout: { padding: { top: faultMarkRoom } },
        interaction: { mode: 'index', intersect: false },
        plugins: {
          ...common.plugins,
          tooltip: {
            filter: (item) => item.datasetIndex < 3,
            callbacks: {
              title: (items) => clockLabel(items[0]?.parsed.x ?? 0, true),
              label: (item) => {
                const names = [t('charts:rtt.mean'), t('charts:rtt.max'), t('charts:rtt.min')]
                return `${names[item.datasetIndex] ?? ''}: ${format.fixed(item.parsed.y ?? 0, 2)} ms`
              },
            },
          },
        },
        scales: {
          x: timeAxis(shown, { title: t('charts:axis.time'), palette }),
          y: { ...valueAxis({ title: t('charts:axis.rtt'), palette }), beginAtZero: true, grace: '5%' },
          loss: {
            ...valueAxis({ title: t('charts:axis.loss'), palette }),
            position: 'right',
            min: 0,
            max: 100,
            grid: { display: false },
          },
        },
      },
    },
    behind: (chart) => drawLossColumns(chart, visible, { down: palette.down, hatch, edge: palette.void }),
    above: (chart) => drawFaultMarks(chart, faults, palette),
  }
}

function standsAlone(points: readonly RttPoint[], index: number): boolean {
  return (points[index - 1]?.meanMs ?? null) === null && (points[index + 1]?.meanMs ?? null) === null
}

function rttTable(points: readonly RttPoint[], { t, format }: ChartText): ChartTable {
  const millis = (value: number): string => format.fixed(value, 2)
  return {
    columns: [
      { key: 'from_seconds', title: t('charts:column.from'), numeric: true },
      { key: 'to_seconds', title: t('charts:column.to'), numeric: true },
      { key: 'rtt_min_ms', title: t('charts:column.rttMin'), numeric: true },
      { key: 'rtt_mean_ms', title: t('charts:column.rttMean'), numeric: true },
      { key: 'rtt_max_ms', title: t('charts:column.rttMax'), numeric: true },
      { key: 'sent', title: t('charts:column.sent'), numeric: true },
      { key: 'lost', title: t('charts:column.lost'), numeric: true },
      { key: 'void', title: t('charts:column.void'), numeric: true },
    ],
    rows: points.map((point) => [
      { raw: point.fromMs / 1000, text: clockLabel(point.fromMs, true) },
      { raw: point.toMs / 1000, text: clockLabel(point.toMs, true) },
      numberCell(point.minMs, millis),
      numberCell(point.meanMs, millis),
      numberCell(point.maxMs, millis),
      numberCell(point.sent, format.number),
      numberCell(point.lost, format.number),
      numberCell(point.void, format.number),
    ]),
  }
}
