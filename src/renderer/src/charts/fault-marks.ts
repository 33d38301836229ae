/** Faults drawn over a time axis: a dashed line, a shape by kind, a number and a ring where the CRM master was hit. */
import type { Chart } from 'chart.js'
import { isGuestFault } from '../../../shared/domain/fault-scope.ts'
import { type ChartPalette, chartFont } from './chart-palette.ts'
import { type FaultMarker, markerLabel } from './fault-markers.ts'

/** Room the marks need above the chart area. */
export const faultMarkRoom = 30

export function drawFaultMarks(chart: Chart, markers: readonly FaultMarker[], palette: ChartPalette): void {
  const xScale = chart.scales.x
  if (xScale === undefined) return
  const { ctx, chartArea } = chart
  const placed = markers
    .map((marker) => ({ marker, x: xScale.getPixelForValue(marker.atMs) }))
    .filter(({ x }) => x >= chartArea.left - 1 && x <= chartArea.right + 1)
  ctx.save()
  ctx.font = `11px ${chartFont}`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'alphabetic'
  const spaced = labelsFit(ctx, placed)
  for (const { marker, x } of placed) {
    ctx.strokeStyle = palette.fault
    ctx.lineWidth = 1
    ctx.setLineDash([4, 3])
    ctx.beginPath()
    ctx.moveTo(x, chartArea.top)
    ctx.lineTo(x, chartArea.bottom)
    ctx.stroke()
    ctx.setLineDash([])
    drawFaultShape(ctx, marker, x, chartArea.top - 7, palette)
    ctx.fillStyle = palette.text
    const label = spaced ? markerLabel(marker) : String(marker.ordinal)
    ctx.fillText(label, labelX(ctx, label, x, chart.width), chartArea.top - 16)
  }
  ctx.restore()
}

function labelsFit(
  ctx: CanvasRenderingContext2D,
  placed: readonly { readonly marker: FaultMarker; readonly x: number }[],
): boolean {
  return placed.every(({ marker, x }, index) => {
    const next = placed[index + 1]
    if (next === undefined) return true
    const needed =
      (ctx.measureText(markerLabel(marker)).width + ctx.measureText(markerLabel(next.marker)).width) / 2
    return next.x - x > needed + 6
  })
}

/** Keeps a label at the edge of the canvas readable. */
function labelX(ctx: CanvasRenderingContext2D, label: string, x: number, width: number): number {
  const half = ctx.measureText(label).width / 2
  return Math.min(Math.max(x, half + 1), width - half - 1)
}

/** Triangle: hard power-off. Diamond: graceful shutdown, and whatever else harms machines. Square: of guests alone. A ring around it: the node was CRM master. */
export function drawFaultShape(
  ctx: CanvasRenderingContext2D,
  marker: Pick<FaultMarker, 'kind' | 'wasCrmMaster'>,
  x: number,
  y: number,
  palette: ChartPalette,
): void {
  ctx.fillStyle = palette.fault
  ctx.beginPath()
  if (marker.kind === 'node-power-off') {
    ctx.moveTo(x - 4.5, y - 4)
    ctx.lineTo(x + 4.5, y - 4)
    ctx.lineTo(x, y + 5)
  } else if (isGuestFault(marker.kind)) {
    ctx.rect(x - 4, y - 4, 8, 8)
  } else {
    ctx.moveTo(x, y - 5)
    ctx.lineTo(x + 5, y)
    ctx.lineTo(x, y + 5)
    ctx.lineTo(x - 5, y)
  }
  ctx.closePath()
  ctx.fill()
  if (!marker.wasCrmMaster) return
  ctx.strokeStyle = palette.fault
  ctx.lineWidth = 1.5
  ctx.beginPath()
  ctx.arc(x, y, 7, 0, 2 * Math.PI)
  ctx.stroke()
}
