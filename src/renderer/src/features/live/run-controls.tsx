/** The few wishes one may have while a run goes on. None of them can be pressed twice by accident. */
import { Button, Group, SegmentedControl, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlayerPause, IconPlayerPlay, IconPlayerSkipForward, IconPlayerStop } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Speed } from '../../../../shared/host-api/table.ts'
import { ProblemCard } from '../../ui/problem-card.tsx'
import type { LiveStage } from './live-stage.ts'
import type { LiveState } from './live-store.ts'
import { nextFaultOf, openFaultOf } from './run-clock.ts'
import { StopDialog } from './stop-dialog.tsx'

const speeds: readonly Speed[] = ['1', '60', '720', 'max']

function speedOf(value: string): Speed {
  return speeds.find((speed) => speed === value) ?? 'max'
}

export function RunControls({ live, stage }: { live: LiveState; stage: LiveStage }) {
  const { t } = useTranslation('live')
  const [isStopShown, stop] = useDisclosure(false)
  const next = nextFaultOf(live.run)
  return (
    <Stack gap="xs" component="section" aria-label={t('control.label')}>
      {live.refusal !== undefined && <ProblemCard problem={live.refusal} />}
      <Group gap="sm" align="center">
        <PauseButton live={live} stage={stage} />
        <Button
          variant="default"
          leftSection={<IconPlayerSkipForward size={16} aria-hidden />}
          disabled={next === undefined}
          loading={live.asked === 'skip-fault'}
          onClick={() => live.control('skip-fault')}
        >
          {next === undefined ? t('control.skip') : t('control.skipOf', { fault: next.ordinal })}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={16} aria-hidden />}
          disabled={stage === 'stopping'}
          loading={live.asked === 'cancel'}
          onClick={stop.open}
        >
          {t('control.stop')}
        </Button>
        <Group gap="xs" align="center">
          <Text size="sm" aria-hidden>
            {t('control.speed')}
          </Text>
          <SegmentedControl
            aria-label={t('control.speed')}
            value={live.run.speed ?? 'max'}
            onChange={(value) => live.setSpeed(speedOf(value))}
            data={speeds.map((speed) => ({ value: speed, label: t(`control.${speed}`) }))}
          />
        </Group>
      </Group>
      <StopDialog
        live={live}
        isShown={isStopShown}
        onClose={stop.close}
        onConfirm={() => {
          stop.close()
          void live.control('cancel')
        }}
      />
    </Stack>
  )
}

/** A pause that was asked for while a fault is open begins later; until then it can be taken back. */
function PauseButton({ live, stage }: { live: LiveState; stage: LiveStage }) {
  const { t } = useTranslation('live')
  const [isAsked, setIsAsked] = useState(false)
  const isPaused = stage === 'paused'
  const isPending = isAsked && !isPaused && openFaultOf(live.run) !== undefined
  const isHolding = isPaused || isPending
  const press = (): void => {
    setIsAsked(!isHolding)
    void live.control(isHolding ? 'proceed' : 'pause')
  }
  return (
    <>
      <Button
        variant={isHolding ? 'filled' : 'default'}
        leftSection={
          isHolding ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />
        }
        disabled={stage === 'stopping' || stage === 'preparing'}
        loading={live.asked === 'pause' || live.asked === 'proceed'}
        onClick={press}
      >
        {isHolding ? t('control.proceed') : t('control.pause')}
      </Button>
      {isPending && <Text size="sm">{t('pausing')}</Text>}
      <VisuallyHidden role="status">{isPending ? t('pausing') : ''}</VisuallyHidden>
    </>
  )
}
