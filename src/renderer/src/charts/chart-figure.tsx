/** The frame of every chart: title, picture or table of the same figures, method, exports. */
import {
  Button,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Title,
  useComputedColorScheme,
  VisuallyHidden,
} from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { type ReactNode, useDeferredValue, useId, useMemo, useState } from 'react'
import { ChartCanvas } from './chart-canvas.tsx'
import type { DrawChart } from './chart-drawing.ts'
import classes from './chart-figure.module.css'
import { pngOfChart } from './chart-image.ts'
import { darkPalette, lightPalette } from './chart-palette.ts'
import { type ChartTable, csvOfTable } from './chart-table.ts'
import { ChartTableView } from './chart-table-view.tsx'
import { useChartText } from './chart-text.ts'
import { saveFile } from './save-file.ts'

export interface ChartFigureProps {
  readonly title: string
  /** What the picture shows, in words and figures. */
  readonly summary: string
  /** The same at length, for whoever cannot see the picture. */
  readonly details?: string
  /** Number of observations, sampling, rules: what a reader needs to judge the figures. */
  readonly method: string
  /** Must not change while the data stays the same, else the canvas is drawn again. */
  readonly draw: DrawChart
  readonly heightPx: number
  readonly table: () => ChartTable
  /** Name of exported files, without the ending. */
  readonly fileName: string
  /** Zoom buttons or a choice of series. */
  readonly controls?: ReactNode
  /** Said instead of a picture while there is nothing to draw. */
  readonly empty?: string | undefined
}

type View = 'chart' | 'table'

export function ChartFigure(props: ChartFigureProps) {
  const { title, summary, method, draw, heightPx, empty } = props
  const { t } = useChartText()
  const [view, setView] = useState<View>('chart')
  const titleId = useId()
  const captionId = useId()
  const palette = useComputedColorScheme('light') === 'dark' ? darkPalette : lightPalette
  const drawing = useMemo(() => draw(palette), [draw, palette])

  return (
    <figure className={classes.figure} aria-labelledby={titleId}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Title order={3} size="h5" id={titleId}>
          {title}
        </Title>
        {empty === undefined && (
          <FigureTools {...props} view={view} onView={setView} caption={`${summary} ${method}`} />
        )}
      </Group>
      {empty === undefined ? (
        <Stack gap="xs">
          {props.controls}
          {view === 'chart' ? (
            <div role="img" aria-label={title} aria-describedby={captionId}>
              <ChartCanvas drawing={drawing} heightPx={heightPx} />
            </div>
          ) : (
            <CalmTable title={t('charts:tableOf', { title })} table={props.table} />
          )}
        </Stack>
      ) : (
        <Text c="dimmed">{empty}</Text>
      )}
      <Text component="figcaption" size="sm" className={classes.caption} id={captionId}>
        {empty === undefined ? `${summary} ${method}` : ''}
        {empty === undefined && props.details !== undefined && (
          <VisuallyHidden> {props.details}</VisuallyHidden>
        )}
      </Text>
    </figure>
  )
}

interface FigureToolsProps extends ChartFigureProps {
  readonly view: View
  readonly onView: (view: View) => void
  readonly caption: string
}

function FigureTools({ title, fileName, draw, heightPx, table, view, onView, caption }: FigureToolsProps) {
  const { t } = useChartText()
  const savePng = async (): Promise<void> => {
    const picture = await pngOfChart(draw, { title, caption }, heightPx)
    if (picture !== null) saveFile(`${fileName}.png`, picture)
  }
  return (
    <Group gap="xs" className={classes.tools}>
      <SegmentedControl
        size="xs"
        aria-label={t('charts:viewOf', { title })}
        value={view}
        onChange={(chosen) => onView(chosen === 'table' ? 'table' : 'chart')}
        data={[
          { value: 'chart', label: t('charts:viewChart') },
          { value: 'table', label: t('charts:viewTable') },
        ]}
      />
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        aria-label={t('charts:savePng', { title })}
        onClick={() => void savePng()}
      >
        PNG
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        aria-label={t('charts:saveCsv', { title })}
        onClick={() => saveFile(`${fileName}.csv`, new Blob([csvOfTable(table())], { type: 'text/csv' }))}
      >
        CSV
      </Button>
    </Group>
  )
}

/** A long table lags behind a fast stream instead of holding the window up. */
function CalmTable({ title, table }: { title: string; table: () => ChartTable }) {
  const calm = useDeferredValue(table)
  const content = useMemo(() => calm(), [calm])
  return <ChartTableView label={title} table={content} />
}
