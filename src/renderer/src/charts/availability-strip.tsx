/** One row per guest and probe: the whole run at one glance, faults as marked lines, closer by buttons. */
import type { ChartType, TooltipItem } from 'chart.js'
import { useCallback, useMemo } from 'react'
import type { ProbeKind } from '../../../shared/domain/plan.ts'
import type { StripSegment } from '../../../shared/domain/series-buckets.ts'
import {
  type ChartDrawing,
  commonOptions,
  type DrawnType,
  legendItem,
  rowAxis,
  timeAxis,
} from './chart-drawing.ts'
import { ChartFigure } from './chart-figure.tsx'
import type { ChartPalette } from './chart-palette.ts'
import { type ChartTable, numberCell, textCell } from './chart-table.ts'
import { type ChartText, useChartText } from './chart-text.ts'
import type { FaultMarker } from './fault-markers.ts'
import { drawFaultMarks, faultMarkRoom } from './fault-marks.ts'
import { fillOf } from './fill-pattern.ts'
import { clipSegments, type StripClass } from './strip-segments.ts'
import { clockLabel } from './time-ticks.ts'
import type { TimeWindow } from './time-window.ts'
import { WindowControls } from './window-controls.tsx'

export interface StripRow {
  readonly key: string
  readonly label: string
  readonly probe: ProbeKind
  readonly intervalMs: number
  /** Probes lost or late times the interval, and void ones; counted, so that it does not depend on the drawing. */
  readonly lostSeconds: number
  readonly voidSeconds: number
  /** Milliseconds after the window opened. */
  readonly segments: readonly StripSegment[]
}

export interface AvailabilityStripProps {
  readonly rows: readonly StripRow[]
  readonly faults: readonly FaultMarker[]
  readonly whole: TimeWindow
  readonly shown: TimeWindow
  readonly onShow: (window: TimeWindow) => void
  /** Length of a column when the rows come from buckets: an outage may look too long by this much. */
  readonly bucketMs?: number
  readonly fileName: string
}

export function AvailabilityStrip(props: AvailabilityStripProps) {
  const { rows, faults, whole, shown, onShow, bucketMs, fileName } = props
  const text = useChartText()
  const { t, format } = text
  const title = t('charts:strip.title')
  const draw = useCallback(
    (palette: ChartPalette) => drawStrip({ rows, faults, shown }, palette, text),
    [rows, faults, shown, text],
  )
  const table = useCallback(() => stripTable(rows, text), [rows, text])
  const details = useMemo(() => rows.map((row) => rowSummary(row, text)).join(' '), [rows, text])
  const method = [
    t('charts:strip.method'),
    ...(bucketMs === undefined
      ? []
      : [t('charts:strip.buckets', { span: format.duration(bucketMs / 1000) })]),
    ...(faults.length === 0 ? [] : [t('charts:strip.markers')]),
  ].join(' ')
  return (
    <ChartFigure
      title={title}
      summary={t('charts:strip.summary', {
        rows: rows.length,
        faults: faults.length,
        from: clockLabel(shown.fromMs, true),
        to: clockLabel(shown.toMs, true),
      })}
      details={details}
      method={method}
      draw={draw}
      heightPx={stripHeightPx(rows.length)}
      table={table}
      fileName={fileName}
      controls={<WindowControls title={title} whole={whole} shown={shown} onShow={onShow} faults={faults} />}
      empty={rows.length === 0 ? t('charts:strip.empty') : undefined}
    />
  )
}

function stripHeightPx(rows: number): number {
  return faultMarkRoom + 90 + rows * 30
}

const classOrder: readonly StripClass[] = ['ok', 'late', 'bad', 'void']

interface StripInput {
  readonly rows: readonly StripRow[]
  readonly faults: readonly FaultMarker[]
  readonly shown: TimeWindow
}

function drawStrip(
  { rows, faults, shown }: StripInput,
  palette: ChartPalette,
  text: ChartText,
): ChartDrawing {
  const { t, format } = text
  const hatch = fillOf('rising', palette.void, 'transparent')
  const looks: Record<StripClass, { fill: CanvasPattern | string; edge: string; thickness: number }> = {
    ok: { fill: palette.up, edge: palette.up, thickness: 4 },
    late: { fill: palette.late, edge: palette.down, thickness: 12 },
    bad: { fill: palette.down, edge: palette.down, thickness: 20 },
    void: { fill: hatch, edge: palette.void, thickness: 20 },
  }
  const visible = rows.map((row) => clipSegments(row.segments, shown))
  const legend = classOrder.map((name) =>
    legendItem(t(`terms:outcomeClass.${name}`), looks[name].fill, looks[name].edge, palette),
  )
  const common = commonOptions(palette, format.language, legend)
  return {
    configuration: {
      type: 'bar',
      data: {
        labels: rows.map((_, index) => String(index)),
        datasets: classOrder.map((name) => ({
          type: 'bar',
          label: name,
          data: visible.flatMap((segments, index) =>
            segments
              .filter((segment) => segment.class === name)
              .map((segment) => ({ x: [segment.fromMs, segment.toMs], y: String(index) })),
          ),
          backgroundColor: looks[name].fill,
          borderColor: looks[name].edge,
          borderWidth: name === 'late' || name === 'void' ? 1 : 0,
          borderSkipped: false,
          barThickness: looks[name].thickness,
          // However short, a stretch without answers stays visible.
          minBarLength: name === 'ok' ? 0 : 3,
          grouped: false,
        })),
      },
      options: {
        ...common,
        indexAxis: 'y',
        layout: { padding: { top: faultMarkRoom } },
        plugins: {
          ...common.plugins,
          tooltip: {
            callbacks: {
              title: (items: TooltipItem<ChartType>[]) => rows[items[0]?.parsed.y ?? -1]?.label ?? '',
              label: (item: TooltipItem<DrawnType>) => segmentLabel(item, text),
            },
          },
        },
        scales: {
          x: timeAxis(shown, { title: t('charts:axis.time'), palette }),
          y: rowAxis(
            rows.map(({ label }) => label),
            { title: '', palette },
          ),
        },
      },
    },
    above: (chart) => drawFaultMarks(chart, faults, palette),
  }
}

function segmentLabel(item: TooltipItem<DrawnType>, { t, format }: ChartText): string {
  const [fromMs, toMs] = spanOf(item.raw)
  const name = classOrder[item.datasetIndex] ?? 'ok'
  const span = `${clockLabel(fromMs, true)} - ${clockLabel(toMs, true)}`
  return `${t(`terms:outcomeClass.${name}`)}: ${span} (${format.preciseDuration((toMs - fromMs) / 1000)})`
}

function spanOf(raw: unknown): readonly [number, number] {
  if (typeof raw !== 'object' || raw === null || !('x' in raw) || !Array.isArray(raw.x)) return [0, 0]
  return [Number(raw.x[0]), Number(raw.x[1])]
}

function stripTable(rows: readonly StripRow[], { t, format }: ChartText): ChartTable {
  return {
    columns: [
      { key: 'guest', title: t('terms:guest') },
      { key: 'probe', title: t('charts:column.probe') },
      { key: 'class', title: t('charts:column.state') },
      { key: 'from_seconds', title: t('charts:column.from'), numeric: true },
      { key: 'to_seconds', title: t('charts:column.to'), numeric: true },
      { key: 'length_seconds', title: t('charts:column.length'), numeric: true },
    ],
    rows: rows.flatMap((row) =>
      row.segments.map((segment) => [
        textCell(row.label),
        { raw: row.probe, text: t(`terms:probeKind.${row.probe}`) },
        { raw: segment.class, text: t(`terms:outcomeClass.${segment.class}`) },
        { raw: segment.fromMs / 1000, text: clockLabel(segment.fromMs, true) },
        { raw: segment.toMs / 1000, text: clockLabel(segment.toMs, true) },
        numberCell((segment.toMs - segment.fromMs) / 1000, (value) => format.preciseDuration(value)),
      ]),
    ),
  }
}

function rowSummary(row: StripRow, { t, format }: ChartText): string {
  const params = {
    guest: row.label,
    down: format.duration(row.lostSeconds),
    count: row.segments.filter((segment) => segment.class === 'bad').length,
    void: format.duration(row.voidSeconds),
  }
  if (row.lostSeconds === 0 && row.voidSeconds === 0) return t('charts:strip.rowClean', params)
  return t(row.voidSeconds > 0 ? 'charts:strip.rowWithVoid' : 'charts:strip.row', params)
}
