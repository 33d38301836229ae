/** A chart.js canvas that follows its drawing. What it shows is told in words by the figure around it. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js'
import { useEffect, useRef } from 'react'
import classes from './chart-canvas.module.css'
import type { ChartDrawing, DrawnType } from './chart-drawing.ts'
import { chartFont } from './chart-palette.ts'

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
)

Chart.defaults.font.family = chartFont

export function ChartCanvas({ drawing, heightPx }: { drawing: ChartDrawing; heightPx: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const chart = useRef<Chart<DrawnType, unknown[], string>>(undefined)
  const latest = useRef(drawing)

  useEffect(() => {
    if (canvas.current === null) return
    const created = chartOf(canvas.current, () => latest.current)
    chart.current = created
    return () => {
      created.destroy()
      chart.current = undefined
    }
  }, [])

  useEffect(() => {
    latest.current = drawing
    const current = chart.current
    if (current === undefined) return
    current.data = drawing.configuration.data
    if (drawing.configuration.options !== undefined) current.options = drawing.configuration.options
    current.update('none')
  }, [drawing])

  return (
    <div className={classes.frame} style={{ height: heightPx }}>
      <canvas ref={canvas} />
    </div>
  )
}

/** A chart whose hand-drawn layers come from the drawing that is current at that moment. */
export function chartOf(
  canvas: HTMLCanvasElement,
  current: () => ChartDrawing,
): Chart<DrawnType, unknown[], string> {
  const layers = {
    id: 'layers',
    beforeDatasetsDraw: (chart: Chart) => current().behind?.(chart),
    afterDatasetsDraw: (chart: Chart) => current().above?.(chart),
  }
  return new Chart(canvas, { ...current().configuration, plugins: [layers] })
}
