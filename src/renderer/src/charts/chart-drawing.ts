/** What a chart hands to the canvas: a chart.js configuration and what is drawn by hand behind and above it. */
import type { Chart, ChartConfiguration, ChartOptions, LegendItem } from 'chart.js'
import type { Language } from '../../../shared/i18n/catalogue.ts'
import type { ChartPalette } from './chart-palette.ts'
import { clockLabel, timeTicks } from './time-ticks.ts'
import type { TimeWindow } from './time-window.ts'

export type DrawnType = 'bar' | 'line'

export interface ChartDrawing {
  readonly configuration: ChartConfiguration<DrawnType, unknown[], string>
  readonly behind?: (chart: Chart) => void
  readonly above?: (chart: Chart) => void
}

/** Draws the same chart for the screen's theme or, with the light palette, for paper. */
export type DrawChart = (palette: ChartPalette) => ChartDrawing

/** Options all charts share. Nothing moves by itself, so there is nothing to switch off for reduced motion. */
export function commonOptions(
  palette: ChartPalette,
  language: Language,
  legend: readonly LegendItem[],
): ChartOptions<DrawnType> {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    locale: language,
    color: palette.text,
    plugins: {
      legend: {
        display: legend.length > 0,
        position: 'bottom',
        // A click must not hide a series: what is hidden is forgotten in the picture that is exported.
        onClick: () => undefined,
        labels: { boxWidth: 18, boxHeight: 10, color: palette.text, generateLabels: () => [...legend] },
      },
      tooltip: { boxPadding: 4 },
    },
  }
}

export function legendItem(
  text: string,
  fillStyle: CanvasPattern | string,
  edge: string,
  palette: ChartPalette,
): LegendItem {
  return { text, fillStyle, strokeStyle: edge, lineWidth: 1, fontColor: palette.text, hidden: false }
}

interface AxisLook {
  readonly title: string
  readonly palette: ChartPalette
}

/** The common time axis: milliseconds after the window opened, labelled in hours. */
export function timeAxis(window: TimeWindow, { title, palette }: AxisLook) {
  const withSeconds = window.toMs - window.fromMs < 20 * 60_000
  return {
    type: 'linear' as const,
    min: window.fromMs,
    max: window.toMs,
    title: { display: true, text: title, color: palette.softText },
    grid: { color: palette.grid },
    border: { color: palette.softText },
    ticks: {
      color: palette.softText,
      maxRotation: 0,
      autoSkip: false,
      callback: (value: string | number) => clockLabel(Number(value), withSeconds),
    },
    afterBuildTicks: (axis: { width: number; ticks: { value: number }[] }) => {
      const most = Math.max(2, Math.floor(axis.width / (withSeconds ? 70 : 50)))
      axis.ticks = timeTicks(window, most).map((value) => ({ value }))
    },
  }
}

export function valueAxis({ title, palette }: AxisLook) {
  return {
    type: 'linear' as const,
    title: { display: true, text: title, color: palette.softText },
    grid: { color: palette.grid },
    border: { color: palette.softText },
    ticks: { color: palette.softText },
  }
}

/** An axis of rows or groups. Labels are looked up by position, so that two rows may read alike. */
export function rowAxis(rows: readonly (string | readonly string[])[], { title, palette }: AxisLook) {
  return {
    type: 'category' as const,
    labels: rows.map((_, index) => String(index)),
    title: { display: title !== '', text: title, color: palette.softText },
    grid: { display: false },
    border: { color: palette.softText },
    ticks: {
      color: palette.text,
      autoSkip: false,
      callback: (value: string | number) => {
        const label = rows[Number(value)] ?? ''
        return typeof label === 'string' ? label : [...label]
      },
    },
  }
}
