import { Paper } from '@mantine/core'
import type { ReactNode } from 'react'

/** A card around a chart, which brings its own title. */
export function ChartCard({ children }: { children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      {children}
    </Paper>
  )
}
