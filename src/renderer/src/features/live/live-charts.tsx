/** The charts that grow while the run goes on. */
import { memo, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AvailabilityStrip } from '../../charts/availability-strip.tsx'
import { EventTimeline } from '../../charts/event-timeline.tsx'
import { markersOfStates } from '../../charts/fault-markers.ts'
import { landmarksOf } from '../../charts/ha-landmarks.ts'
import { journalledPhaseSpans } from '../../charts/phase-spans.ts'
import { SeriesRttChart } from '../../charts/series-rtt-chart.tsx'
import { stripRowsOf } from '../../charts/strip-rows.ts'
import { segmentsOfBuckets } from '../../charts/strip-segments.ts'
import type { TimeWindow } from '../../charts/time-window.ts'
import { Section } from '../../ui/section.tsx'
import { lineNamesOf } from './line-names.ts'
import type { LiveRun } from './live-run.ts'
import { runClockOf } from './run-clock.ts'

interface LiveChartsProps {
  readonly run: LiveRun
  readonly fileName: string
}

export const LiveCharts = memo(function LiveCharts({ run, fileName }: LiveChartsProps) {
  const { t } = useTranslation('live')
  const clock = runClockOf(run)
  if (clock === undefined) return null
  return (
    <Section title={t('charts')}>
      <OpenWindowCharts
        run={run}
        fileName={fileName}
        originMs={clock.openedAtMs}
        spanMs={clock.endsAtMs - clock.openedAtMs}
      />
    </Section>
  )
})

interface OpenWindowChartsProps {
  readonly run: LiveRun
  readonly fileName: string
  readonly originMs: number
  readonly spanMs: number
}

function OpenWindowCharts({ run, fileName, originMs, spanMs }: OpenWindowChartsProps) {
  const { t } = useTranslation('charts')
  const [zoomed, setZoomed] = useState<TimeWindow | null>(null)
  const whole = useMemo(() => ({ fromMs: 0, toMs: spanMs }), [spanMs])
  const shown = zoomed ?? whole
  const show = (next: TimeWindow): void =>
    setZoomed(next.fromMs === whole.fromMs && next.toMs === whole.toMs ? null : next)
  const { spec, series, faults: states } = run.state
  const names = useMemo(() => ({ nameOf: lineNamesOf(spec).nameOf, control: t('controlSeries') }), [spec, t])
  const faults = useMemo(() => markersOfStates(states, originMs), [states, originMs])
  const rows = useMemo(
    () =>
      stripRowsOf(
        series,
        ({ index }) => {
          const buckets = run.buckets.get(index)
          return { buckets, segments: buckets === undefined ? [] : segmentsOfBuckets(buckets) }
        },
        originMs,
        whole,
        names,
      ),
    [series, run.buckets, originMs, whole, names],
  )
  const bucketMs = run.buckets.values().next().value?.bucketMs
  return (
    <>
      <AvailabilityStrip
        rows={rows}
        faults={faults}
        whole={whole}
        shown={shown}
        onShow={show}
        {...(bucketMs === undefined ? {} : { bucketMs })}
        fileName={`${fileName}-availability`}
      />
      <SeriesRttChart
        series={series}
        bucketsOf={({ index }) => run.buckets.get(index)}
        names={names}
        originMs={originMs}
        faults={faults}
        shown={shown}
        fileName={fileName}
      />
      <LiveTimeline
        run={run}
        originMs={originMs}
        faults={faults}
        whole={whole}
        shown={shown}
        onShow={show}
        fileName={`${fileName}-timeline`}
      />
    </>
  )
}

type Markers = ReturnType<typeof markersOfStates>

interface LiveTimelineProps {
  readonly run: LiveRun
  readonly originMs: number
  readonly faults: Markers
  readonly whole: TimeWindow
  readonly shown: TimeWindow
  readonly onShow: (window: TimeWindow) => void
  readonly fileName: string
}

/** The running phase grows with the clock; a step of a minute is fine enough for an axis of hours. */
const phaseStepMs = 60_000

function LiveTimeline({ run, originMs, faults, whole, shown, onShow, fileName }: LiveTimelineProps) {
  const nowMs = Math.floor((run.nowMs - originMs) / phaseStepMs) * phaseStepMs
  const phases = useMemo(
    () => journalledPhaseSpans(run.entries, originMs, nowMs),
    [run.entries, originMs, nowMs],
  )
  const landmarks = useMemo(
    () => landmarksOf(run.entries, originMs).filter(({ atMs }) => atMs >= 0),
    [run.entries, originMs],
  )
  return (
    <EventTimeline
      phases={phases}
      faults={faults}
      landmarks={landmarks}
      whole={whole}
      shown={shown}
      onShow={onShow}
      fileName={fileName}
    />
  )
}
