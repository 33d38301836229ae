/** One running run at a glance: how far, how long still, and the way to it. */
import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { RunSummary } from '../../../../shared/host-api/table.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useHost } from '../../host/host-context.tsx'
import { useFormat } from '../../ui/use-language.ts'
import {
  doneSecondsOf,
  followRunProgress,
  type RunProgress,
  type RunProgressStore,
  remainingSecondsOf,
} from './run-progress-store.ts'
import { useRunNames } from './use-run-names.ts'

export function RunningStrip({ run }: { readonly run: RunSummary }) {
  const host = useHost()
  const [store, setStore] = useState<RunProgressStore | null>(null)
  useEffect(() => {
    const following = followRunProgress(host, run.run)
    setStore(following)
    return () => following.stop()
  }, [host, run.run])
  return store && <Strip run={run} store={store} />
}

function Strip({ run, store }: { readonly run: RunSummary; readonly store: RunProgressStore }) {
  const { t } = useTranslation(['home', 'terms'])
  const format = useFormat()
  const { title, plan } = useRunNames()(run)
  const progress = useStore(store)
  const doneSeconds = Math.min(run.windowSeconds, doneSecondsOf(progress))
  const percent = run.windowSeconds === 0 ? 0 : (100 * doneSeconds) / run.windowSeconds
  return (
    <Paper withBorder p="md" component="section" aria-label={t('home:running.title')}>
      <Stack gap="xs">
        <Group justify="space-between">
          <div>
            <Text fw={600}>
              {title} - {plan}
            </Text>
            <Text size="sm" c="dimmed">
              <RemainingText progress={progress} windowSeconds={run.windowSeconds} />
            </Text>
          </div>
          <Button component="a" href={hrefOf({ screen: 'live', run: run.run })}>
            {t('home:running.open')}
          </Button>
        </Group>
        <Progress.Root size="md">
          <Progress.Section
            value={percent}
            aria-label={t('home:running.progressLabel', { run: title })}
            aria-valuetext={t('home:running.progress', {
              done: format.duration(doneSeconds),
              total: format.duration(run.windowSeconds),
            })}
          />
        </Progress.Root>
      </Stack>
    </Paper>
  )
}

function RemainingText({ progress, windowSeconds }: { progress: RunProgress; windowSeconds: number }) {
  const { t } = useTranslation('home')
  const format = useFormat()
  const { status, windowOpenedAtMs } = progress.state
  if (windowOpenedAtMs === undefined) return t('running.preparing')
  const done = t('running.progress', {
    done: format.duration(Math.min(windowSeconds, doneSecondsOf(progress))),
    total: format.duration(windowSeconds),
  })
  if (status === 'paused') return `${done} - ${t('running.paused')}`
  const seconds = remainingSecondsOf(progress, windowSeconds)
  const remaining =
    seconds === undefined
      ? t('running.remainingUnknown')
      : t('running.remaining', { time: format.duration(seconds) })
  return `${done} - ${remaining}`
}
