/** Loss behind a round-trip chart: a column per bucket on the `loss` axis, void buckets hatched over the full height. */
import type { Chart } from 'chart.js'
import type { RttPoint } from './rtt-points.ts'

export function drawLossColumns(
  chart: Chart,
  points: readonly RttPoint[],
  look: { readonly down: string; readonly hatch: CanvasPattern | string; readonly edge: string },
): void {
  const xScale = chart.scales.x
  const lossScale = chart.scales.loss
  if (xScale === undefined || lossScale === undefined) return
  const { ctx, chartArea } = chart
  ctx.save()
  ctx.beginPath()
  ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height)
  ctx.clip()
  for (const point of points) {
    const left = xScale.getPixelForValue(point.fromMs)
    // Half a pixel more, or neighbours would show a seam.
    const width = Math.max(2, xScale.getPixelForValue(point.toMs) - left + 0.5)
    if (point.void > 0) {
      ctx.fillStyle = look.hatch
      ctx.fillRect(left, chartArea.top, width, chartArea.height)
    }
    if (point.lost > 0) {
      // One lost probe among thousands is still a mark of three pixels.
      const top = Math.min(lossScale.getPixelForValue(point.lossPercent ?? 0), chartArea.bottom - 3)
      ctx.fillStyle = look.down
      ctx.fillRect(left, top, width, chartArea.bottom - top)
    }
  }
  ctx.restore()
}
