/** Downtime of each guest at each fault, from zero; the light end of a bar is where the truth is not known. */
import { useCallback } from 'react'
import { type ChartDrawing, commonOptions, legendItem, rowAxis, valueAxis } from './chart-drawing.ts'
import { ChartFigure } from './chart-figure.tsx'
import type { ChartPalette } from './chart-palette.ts'
import { type ChartTable, numberCell, textCell } from './chart-table.ts'
import { type ChartText, useChartText } from './chart-text.ts'
import { type DowntimeBar, downtimeExtremes } from './downtime-bars.ts'
import { fillKindAt, fillOf } from './fill-pattern.ts'

export interface DowntimeChartProps {
  readonly bars: readonly DowntimeBar[]
  /** Guest ids in the order of the legend, with their names. */
  readonly guests: readonly { readonly guest: string; readonly name: string }[]
  readonly intervalMs: number
  readonly fileName: string
}

export function DowntimeChart({ bars, guests, intervalMs, fileName }: DowntimeChartProps) {
  const text = useChartText()
  const { t, format } = text
  const draw = useCallback(
    (palette: ChartPalette) => drawDowntime(bars, guests, palette, text),
    [bars, guests, text],
  )
  const table = useCallback(() => downtimeTable(bars, guests, text), [bars, guests, text])
  const extremes = downtimeExtremes(bars)
  const range = (bar: DowntimeBar): string =>
    `${format.number(bar.lowSeconds, 1)}-${format.number(bar.highSeconds, 1)}`
  return (
    <ChartFigure
      title={t('charts:downtime.title')}
      summary={
        extremes === undefined
          ? t('charts:downtime.summaryNone')
          : t('charts:downtime.summary', {
              count: extremes.count,
              shortest: range(extremes.shortest),
              shortestFault: extremes.shortest.ordinal,
              longest: range(extremes.longest),
              longestFault: extremes.longest.ordinal,
            })
      }
      method={t('charts:downtime.method', { interval: format.number(intervalMs / 1000, 3) })}
      draw={draw}
      heightPx={320}
      table={table}
      fileName={fileName}
      empty={bars.length === 0 ? t('charts:downtime.empty') : undefined}
    />
  )
}

type Guests = DowntimeChartProps['guests']

function drawDowntime(
  bars: readonly DowntimeBar[],
  guests: Guests,
  palette: ChartPalette,
  { t, format }: ChartText,
): ChartDrawing {
  const ordinals = [...new Set(bars.map(({ ordinal }) => ordinal))]
  const barOf = (guest: string, ordinal: number): DowntimeBar | undefined =>
    bars.find((bar) => bar.guest === guest && bar.ordinal === ordinal)
  const labels = ordinals.map((ordinal) => {
    const bar = bars.find((candidate) => candidate.ordinal === ordinal)
    return [String(ordinal), `${bar?.node ?? ''}${bar?.wasCrmMaster ? ' (M)' : ''}`]
  })
  const fills = guests.map((_, index) => fillOf(fillKindAt(index), palette.down, palette.surface))
  const legend = guests.map(({ name }, index) =>
    legendItem(name, fills[index] ?? palette.down, palette.down, palette),
  )
  const common = commonOptions(palette, format.language, [
    ...legend,
    legendItem(t('charts:downtime.uncertain'), palette.late, palette.down, palette),
  ])
  const columns = (guest: string, heightOf: (bar: DowntimeBar) => number) =>
    ordinals.map((ordinal, index) => {
      const bar = barOf(guest, ordinal)
      return { x: String(index), y: bar === undefined || bar.highSeconds === 0 ? null : heightOf(bar) }
    })
  return {
    configuration: {
      type: 'bar',
      data: {
        labels: ordinals.map((_, index) => String(index)),
        datasets: guests.flatMap(({ guest, name }, index) => [
          {
            type: 'bar' as const,
            label: name,
            stack: guest,
            data: columns(guest, (bar) => bar.lowSeconds),
            backgroundColor: fills[index] ?? palette.down,
            borderColor: palette.down,
            borderWidth: 1,
          },
          {
            type: 'bar' as const,
            label: name,
            stack: guest,
            data: columns(guest, (bar) => bar.highSeconds - bar.lowSeconds),
            backgroundColor: palette.late,
            borderColor: palette.down,
            borderWidth: 1,
          },
        ]),
      },
      options: {
        ...common,
        plugins: {
          ...common.plugins,
          tooltip: {
            callbacks: {
              title: (items) =>
                t('charts:fault', { fault: labels[items[0]?.dataIndex ?? 0]?.join(' ') ?? '' }),
              label: (item) => {
                const guest = guests[Math.floor(item.datasetIndex / 2)]
                const bar = barOf(guest?.guest ?? '', ordinals[item.dataIndex] ?? 0)
                if (bar === undefined) return ''
                return `${guest?.name ?? ''}: ${format.number(bar.lowSeconds, 1)} - ${format.number(bar.highSeconds, 1)} s`
              },
            },
          },
        },
        scales: {
          x: { ...rowAxis(labels, { title: t('charts:axis.fault'), palette }), stacked: true },
          y: {
            ...valueAxis({ title: t('charts:axis.downtime'), palette }),
            beginAtZero: true,
            stacked: true,
          },
        },
      },
    },
  }
}

function downtimeTable(bars: readonly DowntimeBar[], guests: Guests, { t, format }: ChartText): ChartTable {
  const nameOf = new Map(guests.map(({ guest, name }) => [guest, name]))
  const seconds = (value: number): string => format.fixed(value, 1)
  return {
    columns: [
      { key: 'fault', title: t('charts:axis.fault'), numeric: true },
      { key: 'node', title: t('terms:node') },
      { key: 'crm_master', title: t('charts:column.master') },
      { key: 'guest', title: t('terms:guest') },
      { key: 'hit', title: t('charts:column.hit') },
      { key: 'low_seconds', title: t('charts:column.low'), numeric: true },
      { key: 'high_seconds', title: t('charts:column.high'), numeric: true },
      { key: 'censored', title: t('charts:column.censored') },
    ],
    rows: bars.map((bar) => [
      numberCell(bar.ordinal, String),
      textCell(bar.node ?? '-'),
      yesNo(bar.wasCrmMaster, t),
      textCell(nameOf.get(bar.guest) ?? bar.guest),
      yesNo(bar.hit, t),
      numberCell(bar.lowSeconds, seconds),
      numberCell(bar.highSeconds, seconds),
      yesNo(bar.censored, t),
    ]),
  }
}

function yesNo(value: boolean, t: ChartText['t']) {
  return { raw: value ? 1 : 0, text: t(value ? 'charts:yes' : 'charts:no') }
}
