/** One bar per guest that a fault hit: which part of the recovery took how long. */
import type { Chart } from 'chart.js'
import { useCallback } from 'react'
import { type ChartDrawing, commonOptions, legendItem, rowAxis, valueAxis } from './chart-drawing.ts'
import { ChartFigure } from './chart-figure.tsx'
import { type ChartPalette, chartFont } from './chart-palette.ts'
import { type ChartTable, numberCell, textCell } from './chart-table.ts'
import { type ChartText, useChartText } from './chart-text.ts'
import { fillOf } from './fill-pattern.ts'
import { type WaterfallPhase, type WaterfallRow, waterfallPhases } from './waterfall-segments.ts'

export interface OutageWaterfallProps {
  readonly rows: readonly WaterfallRow[]
  readonly nameOf: (guest: string) => string
  readonly fileName: string
}

export function OutageWaterfall({ rows, nameOf, fileName }: OutageWaterfallProps) {
  const text = useChartText()
  const { t, format } = text
  const draw = useCallback(
    (palette: ChartPalette) => drawWaterfall(rows, nameOf, palette, text),
    [rows, nameOf, text],
  )
  const table = useCallback(() => waterfallTable(rows, nameOf, text), [rows, nameOf, text])
  const totals = rows.filter(({ complete }) => complete).map(({ totalSeconds }) => totalSeconds)
  return (
    <ChartFigure
      title={t('charts:waterfall.title')}
      summary={
        totals.length === 0
          ? t('charts:waterfall.summaryNone')
          : t('charts:waterfall.summary', {
              count: totals.length,
              min: format.number(Math.min(...totals), 1),
              max: format.number(Math.max(...totals), 1),
            })
      }
      method={t('charts:waterfall.method')}
      draw={draw}
      heightPx={130 + rows.length * 30}
      table={table}
      fileName={fileName}
      empty={rows.length === 0 ? t('charts:waterfall.empty') : undefined}
    />
  )
}

/** Neighbours get different patterns, so that a bar can be read in grey, too. */
const phaseFills = {
  membership: 'solid',
  'node-unknown': 'rising',
  fence: 'solid',
  'lock-acknowledged': 'falling',
  recover: 'solid',
  start: 'dots',
  started: 'solid',
  'icmp-answers': 'level',
  'service-answers': 'cross',
} as const

function drawWaterfall(
  rows: readonly WaterfallRow[],
  nameOf: (guest: string) => string,
  palette: ChartPalette,
  { t, format }: ChartText,
): ChartDrawing {
  const used = waterfallPhases.filter((phase) =>
    rows.some(({ segments }) => segments.some((segment) => segment.phase === phase)),
  )
  const fillOfPhase = (phase: WaterfallPhase) =>
    fillOf(phaseFills[phase], palette.phases[phase], palette.surface)
  const labels = rows.map((row) => rowLabel(row, nameOf))
  const common = commonOptions(palette, format.language, [
    ...used.map((phase) =>
      legendItem(
        `${phaseNumber(phase)} ${t(`charts:phase.${phase}`)}`,
        fillOfPhase(phase),
        palette.text,
        palette,
      ),
    ),
    legendItem(t('terms:downtime'), palette.down, palette.down, palette),
  ])
  return {
    configuration: {
      type: 'bar',
      data: {
        labels: labels.map((_, index) => String(index)),
        datasets: used.map((phase) => ({
          type: 'bar' as const,
          label: phase,
          data: rows.flatMap(({ segments }, index) =>
            segments
              .filter((segment) => segment.phase === phase)
              .map(({ fromSeconds, toSeconds }) => ({ x: [fromSeconds, toSeconds], y: String(index) })),
          ),
          backgroundColor: fillOfPhase(phase),
          borderColor: palette.text,
          borderWidth: 1,
          borderSkipped: false as const,
          barThickness: 16,
          grouped: false,
        })),
      },
      options: {
        ...common,
        indexAxis: 'y',
        plugins: {
          ...common.plugins,
          tooltip: {
            callbacks: {
              title: (items) => labels[items[0]?.parsed.y ?? -1] ?? '',
              label: (item) => {
                const phase = used[item.datasetIndex]
                const segment = rows[item.parsed.y ?? -1]?.segments.find(
                  (candidate) => candidate.phase === phase,
                )
                if (phase === undefined || segment === undefined) return ''
                const length = format.number(segment.toSeconds - segment.fromSeconds, 1)
                return `${t(`charts:phase.${phase}`)}: ${length} s`
              },
            },
          },
        },
        scales: {
          x: { ...valueAxis({ title: t('charts:axis.sinceFault'), palette }), beginAtZero: true },
          y: rowAxis(labels, { title: '', palette }),
        },
      },
    },
    above: (chart) => drawDowntimeAndNumbers(chart, rows, palette),
  }
}

function rowLabel(row: WaterfallRow, nameOf: (guest: string) => string): string {
  return `${row.ordinal}${row.wasCrmMaster ? ' (M)' : ''} ${nameOf(row.guest)}`
}

function phaseNumber(phase: WaterfallPhase): number {
  return waterfallPhases.indexOf(phase) + 1
}

/** The number of each phase where it fits, and a thin line under the bar while the guest did not answer. */
function drawDowntimeAndNumbers(chart: Chart, rows: readonly WaterfallRow[], palette: ChartPalette): void {
  const { x: xScale, y: yScale } = chart.scales
  if (xScale === undefined || yScale === undefined) return
  const { ctx } = chart
  ctx.save()
  ctx.font = `600 10px ${chartFont}`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  rows.forEach((row, index) => {
    const y = yScale.getPixelForValue(index)
    for (const segment of row.segments) {
      const from = xScale.getPixelForValue(segment.fromSeconds)
      const to = xScale.getPixelForValue(segment.toSeconds)
      if (to - from < 16) continue
      ctx.fillStyle = palette.surface
      ctx.beginPath()
      ctx.arc((from + to) / 2, y, 6.5, 0, 2 * Math.PI)
      ctx.fill()
      ctx.fillStyle = palette.text
      ctx.fillText(String(phaseNumber(segment.phase)), (from + to) / 2, y + 0.5)
    }
    if (row.firstLostSeconds === undefined) return
    ctx.strokeStyle = palette.down
    ctx.lineWidth = 3
    ctx.beginPath()
    ctx.moveTo(xScale.getPixelForValue(row.firstLostSeconds), y + 12)
    ctx.lineTo(xScale.getPixelForValue(row.firstLostSeconds + row.downtimeHighSeconds), y + 12)
    ctx.stroke()
  })
  ctx.restore()
}

function waterfallTable(
  rows: readonly WaterfallRow[],
  nameOf: (guest: string) => string,
  { t, format }: ChartText,
): ChartTable {
  const seconds = (value: number): string => format.fixed(value, 1)
  return {
    columns: [
      { key: 'fault', title: t('charts:axis.fault'), numeric: true },
      { key: 'node', title: t('terms:node') },
      { key: 'guest', title: t('terms:guest') },
      ...waterfallPhases.map((phase) => ({
        key: `${phase.replaceAll('-', '_')}_seconds`,
        title: t('charts:column.until', { phase: t(`charts:phase.${phase}`) }),
        numeric: true,
      })),
      { key: 'residual_seconds', title: t('charts:column.residual'), numeric: true },
      { key: 'downtime_low_seconds', title: t('charts:column.low'), numeric: true },
      { key: 'downtime_high_seconds', title: t('charts:column.high'), numeric: true },
    ],
    rows: rows.map((row) => [
      numberCell(row.ordinal, String),
      textCell(row.node ?? '-'),
      textCell(nameOf(row.guest)),
      ...waterfallPhases.map((phase) =>
        numberCell(row.segments.find((segment) => segment.phase === phase)?.toSeconds, seconds),
      ),
      numberCell(row.residualSeconds, seconds),
      numberCell(row.downtimeLowSeconds, seconds),
      numberCell(row.downtimeHighSeconds, seconds),
    ]),
  }
}
