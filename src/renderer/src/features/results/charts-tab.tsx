/** All charts of a run on the same stretch of time; a closer look is asked for in finer data. */
import { Stack, Text, VisuallyHidden } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunResults } from '../../../../shared/domain/results.ts'
import type { RunOverview } from '../../../../shared/host-api/table.ts'
import { AvailabilityStrip } from '../../charts/availability-strip.tsx'
import { downtimeBarsOf } from '../../charts/downtime-bars.ts'
import { DowntimeChart } from '../../charts/downtime-chart.tsx'
import { EventTimeline } from '../../charts/event-timeline.tsx'
import { type FaultMarker, markersOfResults } from '../../charts/fault-markers.ts'
import { landmarksOf } from '../../charts/ha-landmarks.ts'
import { journalledPhaseSpans } from '../../charts/phase-spans.ts'
import { SeriesRttChart } from '../../charts/series-rtt-chart.tsx'
import { type StripNames, stripRowsOf } from '../../charts/strip-rows.ts'
import { sameWindow, type TimeWindow } from '../../charts/time-window.ts'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { LoadingBlock } from '../../ui/state-blocks.tsx'
import { ChartCard } from './chart-card.tsx'
import { guestNamesOf } from './guest-names.ts'
import type { ResultsState } from './results-store.ts'

interface ChartsTabProps {
  readonly run: string
  readonly state: ResultsState
  readonly results: RunResults
}

export function ChartsTab({ run, state, results }: ChartsTabProps) {
  const { t } = useTranslation('results')
  const { value: overview, problem } = state.overview
  return (
    <Stack gap="md">
      <VisuallyHidden component="h2">{t('tab.charts')}</VisuallyHidden>
      {problem !== undefined && <ProblemCard problem={problem} onRetry={() => state.load()} />}
      {overview === undefined && problem === undefined && <LoadingBlock what={t('tab.charts')} lines={6} />}
      {overview !== undefined && (
        <OverviewCharts run={run} state={state} results={results} overview={overview} />
      )}
    </Stack>
  )
}

interface OverviewChartsProps extends ChartsTabProps {
  readonly overview: RunOverview
}

function OverviewCharts({ run, state, results, overview }: OverviewChartsProps) {
  const { t } = useTranslation(['results', 'charts', 'states'])
  const originMs = overview.windowOpenedAtMs
  const whole = useMemo(
    () => ({ fromMs: 0, toMs: overview.windowClosedAtMs - overview.windowOpenedAtMs }),
    [overview],
  )
  const [shown, setShown] = useState<TimeWindow>(whole)
  const show = (next: TimeWindow): void => {
    setShown(next)
    const stretch = { fromMs: next.fromMs + originMs, toMs: next.toMs + originMs }
    void state.zoom(sameWindow(next, whole) ? null : stretch)
  }
  // Until the finer data has come, what is known already is shown at the new place.
  const data = state.closeUp.value ?? overview
  const names: StripNames = useMemo(
    () => ({ nameOf: guestNamesOf(results), control: t('charts:controlSeries') }),
    [results, t],
  )
  const faults = useMemo(() => markersOfResults(results.faults, originMs), [results.faults, originMs])
  const rows = useMemo(() => {
    const segmentsOf = new Map(data.strips.map(({ series, segments }) => [series, segments]))
    const bucketsOf = new Map(data.buckets.map((buckets) => [buckets.series, buckets]))
    return stripRowsOf(
      data.series,
      ({ index }) => ({ segments: segmentsOf.get(index) ?? [], buckets: bucketsOf.get(index) }),
      originMs,
      whole,
      names,
    )
  }, [data, originMs, whole, names])
  return (
    <>
      {state.closeUp.problem !== undefined && <ProblemCard problem={state.closeUp.problem} />}
      <ChartCard>
        <AvailabilityStrip
          rows={rows}
          faults={faults}
          whole={whole}
          shown={shown}
          onShow={show}
          fileName={`${run}-availability`}
        />
        <Text size="sm" role="status">
          {state.isZooming ? t('states:loadingWhat', { what: t('results:charts.zooming') }) : ''}
        </Text>
      </ChartCard>
      <ChartCard>
        <JournalTimeline
          state={state}
          originMs={originMs}
          faults={faults}
          whole={whole}
          shown={shown}
          onShow={show}
          fileName={`${run}-timeline`}
        />
      </ChartCard>
      <ChartCard>
        <SeriesRttChart
          series={data.series}
          bucketsOf={({ index }) => data.buckets.find(({ series }) => series === index)}
          names={names}
          originMs={originMs}
          faults={faults}
          shown={shown}
          fileName={run}
        />
      </ChartCard>
      <ChartCard>
        <DowntimeOfRun run={run} results={results} />
      </ChartCard>
    </>
  )
}

interface JournalTimelineProps {
  readonly state: ResultsState
  readonly originMs: number
  readonly faults: readonly FaultMarker[]
  readonly whole: TimeWindow
  readonly shown: TimeWindow
  readonly onShow: (window: TimeWindow) => void
  readonly fileName: string
}

function JournalTimeline({ state, originMs, whole, ...rest }: JournalTimelineProps) {
  const { value: entries, problem } = state.journal
  const phases = useMemo(
    () => journalledPhaseSpans(entries ?? [], originMs, whole.toMs),
    [entries, originMs, whole],
  )
  const landmarks = useMemo(
    () =>
      landmarksOf(entries ?? [], originMs).filter(({ atMs }) => atMs >= whole.fromMs && atMs <= whole.toMs),
    [entries, originMs, whole],
  )
  if (problem !== undefined) return <ProblemCard problem={problem} />
  return <EventTimeline phases={phases} landmarks={landmarks} whole={whole} {...rest} />
}

function DowntimeOfRun({ run, results }: { run: string; results: RunResults }) {
  const bars = useMemo(() => downtimeBarsOf(results.faults), [results.faults])
  const guests = useMemo(
    () => results.guests.map(({ guest, guestName }) => ({ guest, name: guestName })),
    [results.guests],
  )
  return (
    <DowntimeChart
      bars={bars}
      guests={guests}
      intervalMs={results.guests[0]?.intervalMs ?? 1000}
      fileName={`${run}-downtime`}
    />
  )
}
