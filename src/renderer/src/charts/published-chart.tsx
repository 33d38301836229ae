/** Measured availability beside the paper's figure. The same formula stands on both sides; ours stands beside. */
import type { Chart } from 'chart.js'
import { useCallback } from 'react'
import { type ChartDrawing, commonOptions, legendItem, rowAxis, valueAxis } from './chart-drawing.ts'
import { ChartFigure } from './chart-figure.tsx'
import type { ChartPalette } from './chart-palette.ts'
import { type ChartTable, numberCell, textCell } from './chart-table.ts'
import { type ChartText, useChartText } from './chart-text.ts'
import { fillOf } from './fill-pattern.ts'
import { type PublishedBar, percentAxisStart } from './published-bars.ts'

export interface PublishedChartProps {
  readonly bars: readonly PublishedBar[]
  readonly faults: number
  /** Decimals our own probes allow. */
  readonly digits: number
  /** Authors and year of the published table. */
  readonly source: string
  readonly fileName: string
}

export function PublishedChart({ bars, faults, digits, source, fileName }: PublishedChartProps) {
  const text = useChartText()
  const { t, format } = text
  const draw = useCallback((palette: ChartPalette) => drawPublished(bars, palette, text), [bars, text])
  const table = useCallback(() => publishedTable(bars, digits, text), [bars, digits, text])
  const compared = bars.filter(({ publishedPercent }) => publishedPercent !== null)
  const sentences = compared.map((bar) =>
    t('charts:published.row', {
      guest: bar.name,
      ours: format.percent(bar.paperFormulaPercent, 3),
      published: format.percent(bar.publishedPercent ?? 0, 3),
    }),
  )
  return (
    <ChartFigure
      title={t('charts:published.title')}
      summary={t('charts:published.summary', { count: compared.length, faults })}
      details={sentences.join(' ')}
      method={[
        t('charts:published.method', { source }),
        ...(percentAxisStart(bars) === 90 ? [t('charts:published.break')] : []),
      ].join(' ')}
      draw={draw}
      heightPx={340}
      table={table}
      fileName={fileName}
      empty={bars.length === 0 ? t('charts:published.empty') : undefined}
    />
  )
}

function drawPublished(
  bars: readonly PublishedBar[],
  palette: ChartPalette,
  { t, format }: ChartText,
): ChartDrawing {
  const start = percentAxisStart(bars)
  const formulaFill = fillOf('rising', palette.up, palette.surface)
  const publishedFill = fillOf('dots', palette.published, palette.surface)
  const sets = [
    {
      name: t('charts:published.measured'),
      fill: palette.up,
      edge: palette.up,
      of: (bar: PublishedBar) => bar.measuredPercent,
    },
    {
      name: t('charts:published.formula'),
      fill: formulaFill,
      edge: palette.up,
      of: (bar: PublishedBar) => bar.paperFormulaPercent,
    },
    {
      name: t('charts:published.paper'),
      fill: publishedFill,
      edge: palette.published,
      of: (bar: PublishedBar) => bar.publishedPercent,
    },
  ] as const
  const common = commonOptions(
    palette,
    format.language,
    sets.map(({ name, fill, edge }) => legendItem(name, fill, edge, palette)),
  )
  const names = bars.map(({ name }) => name)
  return {
    configuration: {
      type: 'bar',
      data: {
        labels: names.map((_, index) => String(index)),
        datasets: sets.map(({ name, fill, edge, of }) => ({
          type: 'bar' as const,
          label: name,
          data: bars.map(of),
          backgroundColor: fill,
          borderColor: edge,
          borderWidth: 1,
        })),
      },
      options: {
        ...common,
        plugins: {
          ...common.plugins,
          tooltip: {
            callbacks: {
              title: (items) => names[items[0]?.dataIndex ?? 0] ?? '',
              label: (item) =>
                `${sets[item.datasetIndex]?.name ?? ''}: ${format.percent(item.parsed.y ?? 0, 3)}`,
            },
          },
        },
        scales: {
          x: rowAxis(names, { title: '', palette }),
          y: { ...valueAxis({ title: t('charts:axis.availability'), palette }), min: start, max: 100 },
        },
      },
    },
    above: (chart) => {
      drawIntervals(chart, bars, palette)
      if (start !== 0) drawAxisBreak(chart, palette)
    },
  }
}

/** Whiskers from the lowest to the highest availability the samples allow. */
function drawIntervals(chart: Chart, bars: readonly PublishedBar[], palette: ChartPalette): void {
  const yScale = chart.scales.y
  const { ctx } = chart
  if (yScale === undefined) return
  ctx.save()
  ctx.strokeStyle = palette.text
  ctx.lineWidth = 1.5
  chart.getDatasetMeta(0).data.forEach((element, index) => {
    const bar = bars[index]
    if (bar === undefined || bar.lowPercent === null || bar.highPercent === null) return
    const top = yScale.getPixelForValue(bar.highPercent)
    const bottom = yScale.getPixelForValue(bar.lowPercent)
    ctx.beginPath()
    ctx.moveTo(element.x, top)
    ctx.lineTo(element.x, bottom)
    for (const y of [top, bottom]) {
      ctx.moveTo(element.x - 4, y)
      ctx.lineTo(element.x + 4, y)
    }
    ctx.stroke()
  })
  ctx.restore()
}

/** A zigzag on the foot of the axis: the bars do not start at zero. */
function drawAxisBreak(chart: Chart, palette: ChartPalette): void {
  const { ctx, chartArea } = chart
  const y = chartArea.bottom - 14
  ctx.save()
  ctx.fillStyle = palette.surface
  ctx.fillRect(chartArea.left - 8, y - 4, chartArea.width + 8, 8)
  ctx.strokeStyle = palette.softText
  ctx.lineWidth = 1
  for (const shift of [-4, 4]) {
    ctx.beginPath()
    for (let x = chartArea.left - 8, up = false; x <= chartArea.right; x += 6, up = !up) {
      const point = y + shift + (up ? -2 : 2)
      if (x === chartArea.left - 8) ctx.moveTo(x, point)
      else ctx.lineTo(x, point)
    }
    ctx.stroke()
  }
  ctx.restore()
}

function publishedTable(bars: readonly PublishedBar[], digits: number, { t, format }: ChartText): ChartTable {
  const ours = (value: number): string => format.fixed(value, digits)
  const three = (value: number): string => format.fixed(value, 3)
  return {
    columns: [
      { key: 'guest', title: t('terms:guest') },
      { key: 'measured_percent', title: t('charts:column.measured'), numeric: true },
      { key: 'low_percent', title: t('charts:column.lowPercent'), numeric: true },
      { key: 'high_percent', title: t('charts:column.highPercent'), numeric: true },
      { key: 'paper_formula_percent', title: t('charts:column.formula'), numeric: true },
      { key: 'published_percent', title: t('charts:column.published'), numeric: true },
      { key: 'difference_points', title: t('charts:column.difference'), numeric: true },
    ],
    rows: bars.map((bar) => [
      textCell(bar.name),
      numberCell(bar.measuredPercent, ours),
      numberCell(bar.lowPercent, ours),
      numberCell(bar.highPercent, ours),
      numberCell(bar.paperFormulaPercent, three),
      numberCell(bar.publishedPercent, three),
      numberCell(bar.differencePoints, three),
    ]),
  }
}
