/** Laptop, nodes, guests and the Ceph pool as a drawing; the same facts stand in the tables beside it. */
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import classes from './topology-sketch.module.css'

const nodeWidth = 130
const gap = 14
const guestHeight = 22
const nodeTop = 44

export function TopologySketch({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation('recipes')
  const titleId = useId()
  const columns = recipe.nodeNames.map((node) => ({
    node,
    guests: recipe.guests.filter((guest) => guest.node === node),
  }))
  const mostGuests = Math.max(1, ...columns.map(({ guests }) => guests.length))
  const nodeHeight = 34 + mostGuests * (guestHeight + 6) + 30
  const width = columns.length * (nodeWidth + gap) + gap
  const networkY = nodeTop + nodeHeight + 18
  const height = networkY + 34
  const description = t('topology.description', {
    nodes: recipe.nodeNames.join(', '),
    guests: recipe.guests.map(({ name, node }) => t('topology.guestOn', { guest: name, node })).join(', '),
  })

  return (
    <svg viewBox={`0 0 ${width} ${height}`} className={classes.sketch} role="img" aria-labelledby={titleId}>
      <title id={titleId}>{description}</title>
      <rect x={1} y={1} width={width - 2} height={height - 2} rx={8} className={classes.laptop} />
      <text x={gap} y={26} className={classes.strong}>
        {t('topology.laptop')}
      </text>
      {columns.map(({ node, guests }, index) => {
        const x = gap + index * (nodeWidth + gap)
        const centre = x + nodeWidth / 2
        return (
          <g key={node}>
            <rect x={x} y={nodeTop} width={nodeWidth} height={nodeHeight} rx={6} className={classes.node} />
            <text x={centre} y={nodeTop + 20} className={classes.strongCentred}>
              {node}
            </text>
            {guests.map((guest, row) => {
              const y = nodeTop + 32 + row * (guestHeight + 6)
              return (
                <g key={guest.id}>
                  <rect
                    x={x + 8}
                    y={y}
                    width={nodeWidth - 16}
                    height={guestHeight}
                    rx={guest.id.startsWith('vm:') ? 2 : 11}
                    className={classes.guest}
                  />
                  <text x={centre} y={y + 15} className={classes.small}>
                    {guest.name}
                  </text>
                </g>
              )
            })}
            <text x={centre} y={nodeTop + nodeHeight - 10} className={classes.small}>
              {t('topology.osd')}
            </text>
            <line
              x1={centre}
              x2={centre}
              y1={nodeTop + nodeHeight}
              y2={networkY}
              className={classes.network}
            />
          </g>
        )
      })}
      <line x1={gap} x2={width - gap} y1={networkY} y2={networkY} className={classes.network} />
      <text x={width / 2} y={networkY + 20} className={classes.small}>
        {t('topology.network')}
      </text>
    </svg>
  )
}
