/** A run while it goes on: what is left, what comes next, what the guests answer, and the few wishes one may have. */
import { Badge, Group, Progress, Stack, Text } from '@mantine/core'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { useConnection, useHost } from '../../host/host-context.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Screen } from '../../ui/screen.tsx'
import { LoadingBlock, StaleNotice } from '../../ui/state-blocks.tsx'
import { EventLog } from './event-log.tsx'
import { LiveCharts } from './live-charts.tsx'
import { type LiveStage, liveStageOf } from './live-stage.ts'
import { createLiveStore, type LiveState } from './live-store.ts'
import { NodeCards } from './node-cards-view.tsx'
import { runClockOf } from './run-clock.ts'
import { RunControls } from './run-controls.tsx'
import { RunFigures } from './run-figures.tsx'
import { StageNotice } from './stage-notice.tsx'
import { useAnnouncements } from './use-announcements.ts'
import { useIsStale } from './use-is-stale.ts'
import { useSampled } from './use-sampled.ts'

export function LiveScreen({ run }: { run: string }) {
  const { t } = useTranslation(['live', 'terms'])
  const host = useHost()
  const store = useMemo(() => createLiveStore(host, run), [host, run])
  useEffect(() => store.getState().follow(), [store])
  const live = useStore(store)
  const stage = liveStageOf(live)
  useAnnouncements(live.run)

  const { spec } = live.run.state
  return (
    <Screen
      title={t('live:title')}
      subtitle={
        spec === undefined
          ? run
          : t('live:subtitle', {
              recipe: spec.recipe,
              trial: t(`terms:trialName.${spec.trial}`),
              group: t(`terms:group.${spec.group}`),
              seed: spec.seed,
            })
      }
      actions={<StageBadge stage={stage} />}
    >
      {live.problem !== undefined && <ProblemCard problem={live.problem} onRetry={() => live.follow()} />}
      {stage === 'attaching' && (
        <>
          <Text role="status">{t('live:attaching')}</Text>
          <LoadingBlock what={run} lines={6} />
        </>
      )}
      {stage !== 'attaching' && stage !== 'unavailable' && (
        <LiveContent run={run} live={live} stage={stage} />
      )}
    </Screen>
  )
}

/** Kinds of state in which the run still moves. */
const movingStages: ReadonlySet<LiveStage> = new Set([
  'preparing',
  'running',
  'waiting',
  'paused',
  'stopping',
])

/** Frames come ten times a second; charts, cards and log are drawn four times. */
const drawIntervalMs = 250

function LiveContent({ run, live, stage }: { run: string; live: LiveState; stage: LiveStage }) {
  const { t } = useTranslation('live')
  const connection = useConnection()
  const isMoving = movingStages.has(stage)
  const isSilent = useIsStale(live.frameAtMs, isMoving)
  const clock = runClockOf(live.run)
  const { spec } = live.run.state
  const sampled = useSampled(live.run, drawIntervalMs)
  return (
    <Stack gap="md">
      {isSilent && connection.state !== 'lost' && <StaleNotice sinceMs={live.frameAtMs} />}
      <StageNotice run={run} live={live} stage={stage} />
      {clock !== undefined && (
        <Progress
          value={clock.share * 100}
          size="sm"
          aria-label={t('figure.progress')}
          transitionDuration={0}
        />
      )}
      <RunFigures live={live} />
      {isMoving && <RunControls live={live} stage={stage} />}
      {spec !== undefined && <NodeCards entries={sampled.entries} spec={spec} />}
      <LiveCharts run={sampled} fileName={run} />
      <EventLog entries={sampled.entries} spec={spec} openedAtMs={sampled.state.windowOpenedAtMs} />
    </Stack>
  )
}

const stageColours: Readonly<Record<LiveStage, string>> = {
  attaching: 'gray',
  unavailable: 'red',
  preparing: 'azure',
  running: 'azure',
  waiting: 'yellow',
  paused: 'yellow',
  stopping: 'yellow',
  interrupted: 'orange',
  ended: 'azure',
  failed: 'red',
}

function StageBadge({ stage }: { stage: LiveStage }) {
  const { t } = useTranslation('live')
  return (
    <Group gap="xs">
      <Badge size="lg" variant="outline" color={stageColours[stage]}>
        <Text span inherit c="var(--mantine-color-text)">
          {t(`stage.${stage}`)}
        </Text>
      </Badge>
    </Group>
  )
}
