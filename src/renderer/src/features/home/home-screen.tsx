/** What is going on, what was left unfinished, and where to begin. */
import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlayerPause, IconServer2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { RunSummary } from '../../../../shared/host-api/table.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useRecipes, useRuns } from '../../host/host-context.tsx'
import { isActive } from '../../host/runs-store.ts'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Section } from '../../ui/section.tsx'
import { LoadingBlock } from '../../ui/state-blocks.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { Doors } from './doors.tsx'
import { RunTable } from './run-table.tsx'
import { RunningStrip } from './running-strip.tsx'
import { useResume } from './use-resume.ts'
import { useRunNames } from './use-run-names.ts'

/** Older runs are one click away under Results. */
const recentRuns = 6

export function HomeScreen() {
  const { t } = useTranslation('home')
  const { runs, problem, refresh } = useRuns((state) => state)
  const active = runs?.filter(isActive) ?? []
  const interrupted = runs?.find(({ status }) => status === 'interrupted')

  return (
    <Screen title={t('title')} subtitle={t('subtitle')}>
      {problem && <ProblemCard problem={problem} onRetry={refresh} />}
      {active.map((run) => (
        <RunningStrip key={run.run} run={run} />
      ))}
      {interrupted && <InterruptedNotice run={interrupted} />}
      {!runs && !problem && <LoadingBlock what={t('recent.loading')} lines={5} />}
      {runs?.length === 0 && <Doors />}
      <LabCard lastRun={runs?.[0]} />
      {runs && runs.length > 0 && (
        <Section
          title={t('recent.title')}
          actions={
            <Anchor href={hrefOf({ screen: 'results' })} size="sm">
              {t('recent.all')}
            </Anchor>
          }
        >
          <RunTable runs={runs.slice(0, recentRuns)} />
        </Section>
      )}
    </Screen>
  )
}

function InterruptedNotice({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation('home')
  const { resume, resuming, problem } = useResume()
  const { title, plan } = useRunNames()(run)
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconPlayerPause aria-hidden />}
      title={t('interrupted.title')}
    >
      <Stack gap="sm">
        <Text size="sm">{t('interrupted.text', { run: `${title} - ${plan}` })}</Text>
        {problem && <ProblemCard problem={problem} />}
        <Group gap="xs">
          <Button variant="default" component="a" href={hrefOf({ screen: 'results', run: run.run })}>
            {t('interrupted.results')}
          </Button>
          <Button loading={resuming === run.run} onClick={() => resume(run.run)}>
            {t('continue')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function LabCard({ lastRun }: { readonly lastRun: RunSummary | undefined }) {
  const { t } = useTranslation(['home', 'terms'])
  const format = useFormat()
  const { recipes } = useRecipes()
  const recipe = recipes?.[0]
  if (!recipe) return null
  const state =
    lastRun?.status === 'ended'
      ? t(`terms:runOutcome.${lastRun.outcome ?? 'completed'}`)
      : lastRun && t(`terms:runStatus.${lastRun.status}`)
  return (
    <Section title={t('home:lab.title')} actions={<IconServer2 size={24} aria-hidden />}>
      <Group justify="space-between" align="flex-end">
        <div>
          <Text size="sm">
            {t('home:lab.text', {
              nodes: format.number(recipe.nodeNames.length),
              guests: format.number(recipe.guests.length),
            })}
          </Text>
          <Text size="sm" c="dimmed">
            {lastRun && state
              ? t('home:lab.lastRun', { when: format.dateTime(lastRun.startedAt), state })
              : t('home:lab.noRun')}
          </Text>
        </div>
        <Group gap="xs">
          <Button
            variant="default"
            component="a"
            href={hrefOf({ screen: 'plan', recipe: recipe.id, plan: recipe.rehearsalPlan })}
          >
            {t('home:lab.rehearse')}
          </Button>
          <Button component="a" href={hrefOf({ screen: 'plan', recipe: recipe.id })}>
            {t('home:lab.plan')}
          </Button>
        </Group>
      </Group>
    </Section>
  )
}
