/** What the present state of the run means, and the one thing to do about it. */
import { Alert, Button, Group, List, Stack, Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClockPause,
  IconHourglass,
  IconPlugConnectedX,
} from '@tabler/icons-react'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { GateObstacle } from '../../../../shared/domain/journal.ts'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useSettings } from '../../host/host-context.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { useFormat, useLanguage } from '../../ui/use-language.ts'
import { obstacleText } from './event-lines.ts'
import { lineNamesOf } from './line-names.ts'
import type { LiveStage } from './live-stage.ts'
import type { LiveState } from './live-store.ts'
import { injectedCountOf } from './run-clock.ts'

interface StageNoticeProps {
  readonly run: string
  readonly live: LiveState
  readonly stage: LiveStage
}

export function StageNotice({ run, live, stage }: StageNoticeProps) {
  const { t } = useTranslation('live')
  const { state } = live.run
  switch (stage) {
    case 'preparing':
      return (
        <Notice title={t('preparing.title')} icon={<IconHourglass aria-hidden />}>
          <Text size="sm">{t('preparing.text')}</Text>
          {state.obstacles.length === 0 ? (
            <Text size="sm">{t('preparing.none')}</Text>
          ) : (
            <Obstacles live={live} obstacles={state.obstacles} />
          )}
        </Notice>
      )
    case 'waiting':
      return <WaitingNotice live={live} />
    case 'paused':
      return (
        <Notice title={t('paused.title')} icon={<IconClockPause aria-hidden />}>
          <Text size="sm">{t('paused.text')}</Text>
        </Notice>
      )
    case 'stopping':
      return (
        <Notice title={t('stopping.title')} icon={<IconHourglass aria-hidden />}>
          <Text size="sm">{t('stopping.text')}</Text>
        </Notice>
      )
    case 'interrupted':
      return <InterruptedNotice run={run} live={live} />
    case 'ended':
      return <EndedNotice run={run} live={live} />
    case 'failed':
      return <FailedNotice run={run} live={live} />
    case 'attaching':
    case 'unavailable':
    case 'running':
      return null
  }
}

function WaitingNotice({ live }: { live: LiveState }) {
  const { t } = useTranslation('live')
  const format = useFormat()
  const { state } = live.run
  const waiting = state.faults.find(({ status }) => status === 'waiting')
  const { ordinalOf } = lineNamesOf(state.spec)
  if (waiting === undefined) return null
  return (
    <Notice title={t('waiting.title', { fault: ordinalOf(waiting.id) })} icon={<IconHourglass aria-hidden />}>
      <Text size="sm">
        {t('waiting.text', { limit: format.duration(state.spec?.plan.gate.timeoutSeconds ?? 0) })}
      </Text>
      <Obstacles live={live} obstacles={waiting.obstacles ?? []} />
    </Notice>
  )
}

function InterruptedNotice({ run, live }: { run: string; live: LiveState }) {
  const { t } = useTranslation('live')
  const format = useFormat()
  const speed = useSettings((state) => state.settings?.defaultSpeed ?? 'max')
  const { windowOpenedAtMs } = live.run.state
  return (
    <Notice title={t('interrupted.title')} icon={<IconPlugConnectedX aria-hidden />} colour="orange">
      <Text size="sm">
        {windowOpenedAtMs === undefined
          ? t('interrupted.textBefore')
          : t('interrupted.text', { position: format.position((live.run.nowMs - windowOpenedAtMs) / 1000) })}
      </Text>
      {live.refusal !== undefined && <ProblemCard problem={live.refusal} />}
      <Group gap="xs">
        <Button component="a" variant="default" href={hrefOf({ screen: 'results', run })}>
          {t('interrupted.results')}
        </Button>
        <Button loading={live.asked === 'resume'} onClick={() => live.resume(speed)}>
          {t('interrupted.resume')}
        </Button>
      </Group>
    </Notice>
  )
}

function EndedNotice({ run, live }: { run: string; live: LiveState }) {
  const { t } = useTranslation('live')
  const isCancelled = live.run.state.outcome === 'cancelled'
  const faults = injectedCountOf(live.run)
  return (
    <Notice
      title={t(isCancelled ? 'ended.cancelledTitle' : 'ended.title')}
      icon={<IconCircleCheck aria-hidden />}
      colour="azure"
    >
      <Text size="sm">{t(isCancelled ? 'ended.cancelledText' : 'ended.text', { count: faults })}</Text>
      <Group gap="xs">
        <Button component="a" href={hrefOf({ screen: 'results', run })}>
          {t('ended.results')}
        </Button>
      </Group>
    </Notice>
  )
}

function FailedNotice({ run, live }: { run: string; live: LiveState }) {
  const { t } = useTranslation('live')
  const speed = useSettings((state) => state.settings?.defaultSpeed ?? 'max')
  const { problems, outcome } = live.run.state
  const cause = problems.at(-1)
  return (
    <Stack gap="xs">
      {cause !== undefined && <ProblemCard problem={cause} />}
      {live.refusal !== undefined && <ProblemCard problem={live.refusal} />}
      <Notice title={t('failed.title')} icon={<IconAlertTriangle aria-hidden />} colour="orange">
        <Text size="sm">{t('failed.text')}</Text>
        <Group gap="xs">
          <Button component="a" variant="default" href={hrefOf({ screen: 'results', run })}>
            {t('interrupted.results')}
          </Button>
          {/* A journal without an end can be continued once the cause is gone. */}
          {outcome === undefined && (
            <Button loading={live.asked === 'resume'} onClick={() => live.resume(speed)}>
              {t('interrupted.resume')}
            </Button>
          )}
        </Group>
      </Notice>
    </Stack>
  )
}

function Obstacles({ live, obstacles }: { live: LiveState; obstacles: readonly GateObstacle[] }) {
  const language = useLanguage()
  const translate = useMemo(() => createTranslator(language), [language])
  const { nameOf } = lineNamesOf(live.run.state.spec)
  return (
    <List size="sm">
      {obstacles.map((obstacle) => {
        const text = obstacleText(obstacle, translate, nameOf)
        return <List.Item key={text}>{text}</List.Item>
      })}
    </List>
  )
}

interface NoticeProps {
  readonly title: string
  readonly icon: ReactNode
  readonly colour?: string
  readonly children: ReactNode
}

/** Not an alert: the polite live region has said it already. */
function Notice({ title, icon, colour = 'yellow', children }: NoticeProps) {
  return (
    <Alert role="note" color={colour} variant="light" icon={icon} title={title}>
      <Stack gap="xs">{children}</Stack>
    </Alert>
  )
}
