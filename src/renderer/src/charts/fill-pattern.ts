/** Fills that can be told apart without colour: on paper, in grey, and by readers who see colours differently. */

export const fillKinds = ['solid', 'rising', 'dots', 'falling', 'cross', 'level'] as const
export type FillKind = (typeof fillKinds)[number]

/** The fill of the n-th member of a group; after the last pattern it starts again. */
export function fillKindAt(index: number): FillKind {
  return fillKinds[index % fillKinds.length] ?? 'solid'
}

const tile = 8

const made = new Map<string, CanvasPattern | string>()

/** A pattern of `ink` on `ground` (`transparent` leaves what is behind). Without a canvas, the plain ink. */
export function fillOf(kind: FillKind, ink: string, ground: string): CanvasPattern | string {
  if (kind === 'solid') return ink
  // Charts are drawn again and again; the few patterns there are stay.
  const key = `${kind} ${ink} ${ground}`
  const fill = made.get(key) ?? makeFill(kind, ink, ground)
  made.set(key, fill)
  return fill
}

function makeFill(kind: Exclude<FillKind, 'solid'>, ink: string, ground: string): CanvasPattern | string {
  const canvas = document.createElement('canvas')
  canvas.width = tile
  canvas.height = tile
  const context = canvas.getContext('2d')
  if (context === null) return ink
  if (ground !== 'transparent') {
    context.fillStyle = ground
    context.fillRect(0, 0, tile, tile)
  }
  context.strokeStyle = ink
  context.fillStyle = ink
  context.lineWidth = 2
  drawTile(context, kind)
  return context.createPattern(canvas, 'repeat') ?? ink
}

function drawTile(context: CanvasRenderingContext2D, kind: Exclude<FillKind, 'solid'>): void {
  const line = (fromX: number, fromY: number, toX: number, toY: number): void => {
    context.beginPath()
    context.moveTo(fromX, fromY)
    context.lineTo(toX, toY)
    context.stroke()
  }
  switch (kind) {
    case 'rising':
    case 'falling': {
      // Three strokes, so that the line goes on over the edges of the tile.
      for (const shift of [-tile, 0, tile]) {
        if (kind === 'rising') line(shift - 1, tile + 1, shift + tile + 1, -1)
        else line(shift - 1, -1, shift + tile + 1, tile + 1)
      }
      return
    }
    case 'dots':
      for (const [x, y] of [
        [2, 2],
        [6, 6],
      ] as const) {
        context.beginPath()
        context.arc(x, y, 1.5, 0, 2 * Math.PI)
        context.fill()
      }
      return
    case 'cross':
      line(tile / 2, 0, tile / 2, tile)
      line(0, tile / 2, tile, tile / 2)
      return
    case 'level':
      line(0, tile / 2, tile, tile / 2)
  }
}
