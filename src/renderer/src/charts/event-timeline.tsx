/** Phases, faults and turning points of the HA log on one time axis, one lane each. */
import type { Chart } from 'chart.js'
import { useCallback } from 'react'
import { type ChartDrawing, commonOptions, legendItem, rowAxis, timeAxis } from './chart-drawing.ts'
import { ChartFigure } from './chart-figure.tsx'
import { type ChartPalette, chartFont } from './chart-palette.ts'
import { type ChartTable, textCell } from './chart-table.ts'
import { type ChartText, useChartText } from './chart-text.ts'
import { type FaultMarker, markerLabel } from './fault-markers.ts'
import { drawFaultMarks, faultMarkRoom } from './fault-marks.ts'
import { fillOf } from './fill-pattern.ts'
import { type Landmark, type LandmarkKind, landmarkKinds } from './ha-landmarks.ts'
import type { PhaseSpan } from './phase-spans.ts'
import { clockLabel } from './time-ticks.ts'
import type { TimeWindow } from './time-window.ts'
import { WindowControls } from './window-controls.tsx'

export interface EventTimelineProps {
  readonly phases: readonly PhaseSpan[]
  readonly faults: readonly FaultMarker[]
  readonly landmarks: readonly Landmark[]
  readonly whole: TimeWindow
  readonly shown: TimeWindow
  readonly onShow: (window: TimeWindow) => void
  readonly fileName: string
}

export function EventTimeline(props: EventTimelineProps) {
  const { phases, faults, landmarks, whole, shown, onShow, fileName } = props
  const text = useChartText()
  const { t } = text
  const title = t('charts:timeline.title')
  const draw = useCallback(
    (palette: ChartPalette) => drawTimeline({ phases, faults, landmarks, shown }, palette, text),
    [phases, faults, landmarks, shown, text],
  )
  const table = useCallback(
    () => timelineTable({ phases, faults, landmarks, shown }, text),
    [phases, faults, landmarks, shown, text],
  )
  return (
    <ChartFigure
      title={title}
      summary={t('charts:timeline.summary', {
        phases: phases.length,
        faults: faults.length,
        landmarks: landmarks.length,
      })}
      method={t('charts:timeline.method')}
      draw={draw}
      heightPx={faultMarkRoom + 100 + (2 + lanesOf(landmarks).length) * 26}
      table={table}
      fileName={fileName}
      controls={<WindowControls title={title} whole={whole} shown={shown} onShow={onShow} faults={faults} />}
      empty={phases.length === 0 && faults.length === 0 ? t('charts:timeline.empty') : undefined}
    />
  )
}

interface TimelineInput {
  readonly phases: readonly PhaseSpan[]
  readonly faults: readonly FaultMarker[]
  readonly landmarks: readonly Landmark[]
  readonly shown: TimeWindow
}

/** Kinds that occur, in the order of a fail-over. */
function lanesOf(landmarks: readonly Landmark[]): readonly LandmarkKind[] {
  const seen = new Set(landmarks.map(({ kind }) => kind))
  return landmarkKinds.filter((kind) => seen.has(kind))
}

const landmarkShapes = {
  'node-unknown': 'triangle',
  fence: 'rectRot',
  'lock-acknowledged': 'rect',
  recover: 'star',
  start: 'crossRot',
  started: 'circle',
  master: 'rectRounded',
  'node-online': 'cross',
} as const satisfies Record<LandmarkKind, string>

function drawTimeline(input: TimelineInput, palette: ChartPalette, { t, format }: ChartText): ChartDrawing {
  const { phases, faults, landmarks, shown } = input
  const kinds = lanesOf(landmarks)
  const lanes = [
    t('charts:timeline.phases'),
    t('terms:faults'),
    ...kinds.map((kind) => t(`charts:landmark.${kind}`)),
  ]
  const offFill = fillOf('falling', palette.down, palette.surface)
  const common = commonOptions(palette, format.language, [
    legendItem(t('charts:timeline.phase'), palette.upBand, palette.up, palette),
    legendItem(t('charts:timeline.open'), offFill, palette.down, palette),
    legendItem(t('charts:timeline.landmark'), palette.up, palette.up, palette),
  ])
  const bars = (data: { x: [number, number]; y: string }[], fill: CanvasPattern | string, edge: string) => ({
    type: 'bar' as const,
    indexAxis: 'y' as const,
    data,
    backgroundColor: fill,
    borderColor: edge,
    borderWidth: 1,
    borderSkipped: false as const,
    barThickness: 16,
    minBarLength: 3,
    grouped: false,
  })
  // An open fault reaches as far as the run does: what lies ahead is not known.
  const knownUntil = (atMs: number): number => Math.max(atMs, ...phases.map(({ toMs }) => toMs))
  return {
    configuration: {
      type: 'bar',
      data: {
        labels: lanes.map((_, index) => String(index)),
        datasets: [
          bars(
            phases.map(({ fromMs, toMs }) => ({ x: [fromMs, toMs], y: '0' })),
            palette.upBand,
            palette.up,
          ),
          bars(
            faults.map(({ atMs, healedAtMs }) => ({ x: [atMs, healedAtMs ?? knownUntil(atMs)], y: '1' })),
            offFill,
            palette.down,
          ),
          ...kinds.map((kind, index) => ({
            type: 'line' as const,
            showLine: false,
            data: landmarks
              .filter((landmark) => landmark.kind === kind)
              .map(({ atMs }) => ({ x: atMs, y: String(index + 2) })),
            pointStyle: landmarkShapes[kind],
            pointRadius: 5,
            pointBorderColor: palette.up,
            pointBackgroundColor: palette.up,
            pointBorderWidth: 1.5,
          })),
        ],
      },
      options: {
        ...common,
        indexAxis: 'y',
        layout: { padding: { top: faultMarkRoom } },
        plugins: {
          ...common.plugins,
          tooltip: {
            callbacks: {
              title: () => '',
              label: (item) => timelineLabel(input, kinds, item.datasetIndex, item.dataIndex, t),
            },
          },
        },
        scales: {
          x: timeAxis(shown, { title: t('charts:axis.time'), palette }),
          y: rowAxis(lanes, { title: '', palette }),
        },
      },
    },
    above: (chart) => {
      drawPhaseNames(chart, phases, palette, t)
      drawFaultMarks(chart, faults, palette)
    },
  }
}

/** The name of each phase in its block, where it fits. */
function drawPhaseNames(
  chart: Chart,
  phases: readonly PhaseSpan[],
  palette: ChartPalette,
  t: ChartText['t'],
): void {
  const { x: xScale, y: yScale } = chart.scales
  if (xScale === undefined || yScale === undefined) return
  const { ctx, chartArea } = chart
  ctx.save()
  ctx.font = `11px ${chartFont}`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.fillStyle = palette.text
  for (const { phase, fromMs, toMs } of phases) {
    const left = Math.max(chartArea.left, xScale.getPixelForValue(fromMs))
    const right = Math.min(chartArea.right, xScale.getPixelForValue(toMs))
    const name = t(`terms:phase.${phase}`)
    if (right - left > ctx.measureText(name).width + 8)
      ctx.fillText(name, (left + right) / 2, yScale.getPixelForValue(0))
  }
  ctx.restore()
}

function timelineLabel(
  { phases, faults, landmarks }: TimelineInput,
  kinds: readonly LandmarkKind[],
  lane: number,
  index: number,
  t: ChartText['t'],
): string {
  const phase = phases[index]
  if (lane === 0) return phase === undefined ? '' : t(`terms:phase.${phase.phase}`)
  const fault = faults[index]
  if (lane === 1) return fault === undefined ? '' : t('charts:fault', { fault: markerLabel(fault) })
  const landmark = landmarks.filter(({ kind }) => kind === kinds[lane - 2])[index]
  return landmark === undefined ? '' : `${clockLabel(landmark.atMs, true)} ${landmark.message}`
}

function timelineTable({ phases, faults, landmarks }: TimelineInput, { t }: ChartText): ChartTable {
  const rows = [
    ...phases.map(({ phase, fromMs, toMs }) => ({
      atMs: fromMs,
      untilMs: toMs as number | null,
      kind: { raw: 'phase', text: t('charts:timeline.phase') },
      what: t(`terms:phase.${phase}`),
    })),
    ...faults.map((fault) => ({
      atMs: fault.atMs,
      untilMs: fault.healedAtMs ?? null,
      kind: { raw: fault.kind, text: t(`terms:faultKind.${fault.kind}`) },
      what: t('charts:fault', { fault: markerLabel(fault) }),
    })),
    ...landmarks.map(({ kind, atMs, message }) => ({
      atMs,
      untilMs: null,
      kind: { raw: kind, text: t(`charts:landmark.${kind}`) },
      what: message,
    })),
  ].toSorted((a, b) => a.atMs - b.atMs)
  return {
    columns: [
      { key: 'at_seconds', title: t('charts:column.from'), numeric: true },
      { key: 'until_seconds', title: t('charts:column.to'), numeric: true },
      { key: 'kind', title: t('charts:column.kind') },
      { key: 'what', title: t('charts:column.what') },
    ],
    rows: rows.map(({ atMs, untilMs, kind, what }) => [
      { raw: atMs / 1000, text: clockLabel(atMs, true) },
      untilMs === null ? { raw: null, text: '-' } : { raw: untilMs / 1000, text: clockLabel(untilMs, true) },
      kind,
      textCell(what),
    ]),
  }
}
