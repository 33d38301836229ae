/** A chart as a picture for paper: light colours, white ground, title above and the method below. */
import { chartOf } from './chart-canvas.tsx'
import type { DrawChart } from './chart-drawing.ts'
import { chartFont, lightPalette } from './chart-palette.ts'

/** Width of a page figure in CSS pixels; drawn with twice as many dots. */
const widthPx = 1000
const dotsPerPixel = 2
const marginPx = 24
const lineHeightPx = 18

/** A PNG, or null where the browser cannot make one (no memory for the canvas). */
export async function pngOfChart(
  draw: DrawChart,
  text: { readonly title: string; readonly caption: string },
  heightPx: number,
): Promise<Blob | null> {
  const plot = document.createElement('canvas')
  plot.width = widthPx
  plot.height = heightPx
  const drawing = draw(lightPalette)
  const { configuration } = drawing
  const still = {
    ...drawing,
    configuration: {
      ...configuration,
      options: { ...configuration.options, responsive: false, devicePixelRatio: dotsPerPixel },
    },
  }
  const chart = chartOf(plot, () => still)
  try {
    return await withText(plot, text, heightPx)
  } finally {
    chart.destroy()
  }
}

function withText(
  plot: HTMLCanvasElement,
  text: { readonly title: string; readonly caption: string },
  heightPx: number,
): Promise<Blob | null> {
  const page = document.createElement('canvas')
  const context = page.getContext('2d')
  if (context === null) return Promise.resolve(null)
  context.font = `13px ${chartFont}`
  const captionLines = wrapText(context, text.caption, widthPx)
  page.width = (widthPx + 2 * marginPx) * dotsPerPixel
  page.height = (heightPx + 2 * marginPx + 34 + (captionLines.length + 1) * lineHeightPx) * dotsPerPixel
  context.scale(dotsPerPixel, dotsPerPixel)
  context.fillStyle = lightPalette.surface
  context.fillRect(0, 0, page.width, page.height)
  context.fillStyle = lightPalette.text
  context.textBaseline = 'top'
  context.font = `600 18px ${chartFont}`
  context.fillText(text.title, marginPx, marginPx, widthPx)
  context.drawImage(plot, marginPx, marginPx + 34, widthPx, heightPx)
  context.font = `13px ${chartFont}`
  captionLines.forEach((line, index) => {
    context.fillText(line, marginPx, marginPx + 34 + heightPx + 10 + index * lineHeightPx)
  })
  return new Promise((resolve) => page.toBlob(resolve, 'image/png'))
}

function wrapText(context: CanvasRenderingContext2D, text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && context.measureText(`${last} ${word}`).width <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
