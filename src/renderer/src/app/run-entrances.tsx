/** "Live run" and "Results" without a run: the one run that is meant, a list, or the way to a first run. */
import { Button } from '@mantine/core'
import { IconChartBar, IconPlayerPlay } from '@tabler/icons-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { hrefOf } from '../../../shared/window-route/window-route.ts'
import { RunTable } from '../features/home/run-table.tsx'
import { useRuns } from '../host/host-context.tsx'
import { isActive } from '../host/runs-store.ts'
import { ProblemCard } from '../ui/problem-card.tsx'
import { Screen } from '../ui/screen.tsx'
import { EmptyState, LoadingBlock } from '../ui/state-blocks.tsx'

export function LiveEntrance() {
  const { t } = useTranslation('app')
  const { runs, problem, refresh } = useRuns((state) => state)
  const active = runs?.filter(isActive) ?? []
  const only = active.length === 1 ? active[0]?.run : undefined
  useEffect(() => {
    if (only !== undefined) window.location.replace(hrefOf({ screen: 'live', run: only }))
  }, [only])

  return (
    <Screen title={t('nav.live')}>
      {problem && <ProblemCard problem={problem} onRetry={refresh} />}
      {!runs && !problem && <LoadingBlock what={t('nav.live')} />}
      {active.length > 0 && <RunTable runs={active} />}
      {runs && active.length === 0 && (
        <EmptyState
          icon={<IconPlayerPlay size={40} aria-hidden />}
          title={t('noRun.liveTitle')}
          actions={
            <>
              <Button variant="default" component="a" href={hrefOf({ screen: 'results' })}>
                {t('noRun.toResults')}
              </Button>
              <Button component="a" href={hrefOf({ screen: 'plan' })}>
                {t('noRun.toPlan')}
              </Button>
            </>
          }
        >
          {t('noRun.live')}
        </EmptyState>
      )}
    </Screen>
  )
}

export function ResultsEntrance() {
  const { t } = useTranslation('app')
  const { runs, problem, refresh } = useRuns((state) => state)
  return (
    <Screen title={t('nav.results')}>
      {problem && <ProblemCard problem={problem} onRetry={refresh} />}
      {!runs && !problem && <LoadingBlock what={t('nav.results')} />}
      {runs && runs.length > 0 && <RunTable runs={runs} />}
      {runs && runs.length === 0 && (
        <EmptyState
          icon={<IconChartBar size={40} aria-hidden />}
          title={t('noRun.resultsTitle')}
          actions={
            <Button component="a" href={hrefOf({ screen: 'plan' })}>
              {t('noRun.toPlan')}
            </Button>
          }
        >
          {t('noRun.results')}
        </EmptyState>
      )}
    </Screen>
  )
}
