/** Round-trip times of the series the reader chooses; the first one until then. */
import { NativeSelect } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Series } from '../../../shared/domain/sample.ts'
import type { SeriesBuckets } from '../../../shared/domain/series-buckets.ts'
import type { FaultMarker } from './fault-markers.ts'
import { ProbeRttChart } from './probe-rtt-chart.tsx'
import { rttPointsOf } from './rtt-points.ts'
import { bySubject, type StripNames, seriesLabel } from './strip-rows.ts'
import type { TimeWindow } from './time-window.ts'

interface SeriesRttChartProps {
  readonly series: readonly Series[]
  readonly bucketsOf: (series: Series) => SeriesBuckets | undefined
  readonly names: StripNames
  /** Start of the time axis on the run's clock; what was measured before is left out. */
  readonly originMs: number
  readonly faults: readonly FaultMarker[]
  readonly shown: TimeWindow
  /** What an export is called; the number of the series is added. */
  readonly fileName: string
}

export function SeriesRttChart({ series: all, bucketsOf, fileName, ...rest }: SeriesRttChartProps) {
  const { names, originMs, faults, shown } = rest
  const { t } = useTranslation('charts')
  const [chosen, setChosen] = useState(0)
  const series = all.find(({ index }) => index === chosen) ?? all[0]
  const buckets = series === undefined ? undefined : bucketsOf(series)
  const points = useMemo(
    () => (buckets === undefined ? [] : rttPointsOf(buckets, originMs).filter(({ toMs }) => toMs > 0)),
    [buckets, originMs],
  )
  if (series === undefined) return null
  return (
    <ProbeRttChart
      subject={seriesLabel(series, all, names)}
      probe={series.kind}
      intervalMs={series.intervalMs}
      deadlineMs={series.deadlineMs}
      points={points}
      faults={faults}
      shown={shown}
      fileName={`${fileName}-rtt-${series.index}`}
      controls={
        <NativeSelect
          label={t('guestAndProbe')}
          size="xs"
          maw={260}
          value={String(series.index)}
          onChange={(event) => setChosen(Number(event.currentTarget.value))}
          data={bySubject(all).map((one) => ({
            value: String(one.index),
            label: seriesLabel(one, all, names),
          }))}
        />
      }
    />
  )
}
