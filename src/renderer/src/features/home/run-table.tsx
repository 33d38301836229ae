/** Runs with their state and the one thing to do with each: watch, resume, or read the results. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { RunSummary } from '../../../../shared/host-api/table.ts'
import { problemTextOf } from '../../../../shared/i18n/problem-text.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useRecipes } from '../../host/host-context.tsx'
import { isActive } from '../../host/runs-store.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { useFormat, useLanguage, useLocalized } from '../../ui/use-language.ts'
import { useResume } from './use-resume.ts'

export function RunTable({ runs }: { readonly runs: readonly RunSummary[] }) {
  const { t } = useTranslation(['home', 'terms'])
  const format = useFormat()
  const nameOf = useRunNames()
  const { resume, resuming, problem } = useResume()
  return (
    <Stack gap="sm">
      {problem && <ProblemCard problem={problem} />}
      <DataTable
        caption={t('home:recent.caption')}
        hideCaption
        rows={runs}
        rowKey={(row) => row.run}
        columns={[
          {
            key: 'run',
            header: t('home:recent.run'),
            isRowHeader: true,
            cell: (row) => (
              <>
                <Text size="sm" fw={600}>
                  {nameOf(row).title}
                </Text>
                <Text size="xs" c="dimmed" fw={400}>
                  {nameOf(row).plan}
                </Text>
              </>
            ),
          },
          {
            key: 'group',
            header: t('terms:groupLabel'),
            cell: (row) =>
              row.group === 'control' || row.group === 'treatment'
                ? t(`terms:group.${row.group}`)
                : row.group,
          },
          {
            key: 'started',
            header: t('home:recent.started'),
            sortValue: (row) => row.startedAt,
            cell: (row) => format.dateTime(row.startedAt),
          },
          {
            key: 'faults',
            header: t('home:recent.faults'),
            cell: (row) =>
              t('home:recent.faultsOf', {
                injected: format.number(row.faultsInjected),
                planned: format.number(row.faultsPlanned),
              }),
          },
          { key: 'state', header: t('home:recent.state'), cell: (row) => <RunStateBadge run={row} /> },
          {
            key: 'action',
            header: t('home:recent.action'),
            cell: (row) => (
              <RunAction run={row} isResuming={resuming === row.run} onResume={() => resume(row.run)} />
            ),
          },
        ]}
      />
    </Stack>
  )
}

/** The names a person knows a run by: recipe and trial, and the plan's title. */
function useRunNames(): (run: RunSummary) => { readonly title: string; readonly plan: string } {
  const { t } = useTranslation('terms')
  const localized = useLocalized()
  const { recipes } = useRecipes()
  return (run) => {
    const recipe = recipes?.find(({ id }) => id === run.recipe)
    const plan = recipe?.plans.find(({ id }) => id === run.plan)
    const trial =
      run.trial === 'first' || run.trial === 'second' || run.trial === 'third'
        ? t(`trialName.${run.trial}`)
        : run.trial
    return {
      title: run.problem ? run.run : `${run.recipe} · ${trial}`,
      plan: plan ? localized(plan.title) : run.plan,
    }
  }
}

export function RunStateBadge({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation(['home', 'terms'])
  const language = useLanguage()
  if (run.problem) {
    return (
      <Group gap="xs">
        <Badge color="red" variant="light">
          {t('home:recent.unreadable')}
        </Badge>
        <Text size="xs">{problemTextOf(language, run.problem).what}</Text>
      </Group>
    )
  }
  if (run.status === 'ended') {
    const outcome = run.outcome ?? 'completed'
    return (
      <Badge
        variant="light"
        color={outcome === 'failed' ? 'red' : outcome === 'cancelled' ? 'gray' : 'azure'}
      >
        {t(`terms:runOutcome.${outcome}`)}
      </Badge>
    )
  }
  return (
    <Badge variant="light" color={run.status === 'interrupted' ? 'orange' : 'azure'}>
      {t(`terms:runStatus.${run.status}`)}
    </Badge>
  )
}

interface RunActionProps {
  readonly run: RunSummary
  readonly isResuming: boolean
  readonly onResume: () => void
}

function RunAction({ run, isResuming, onResume }: RunActionProps) {
  const { t } = useTranslation('home')
  const name = run.run
  if (run.problem) return null
  if (run.status === 'interrupted') {
    return (
      <Button
        size="compact-sm"
        loading={isResuming}
        onClick={onResume}
        aria-label={t('recent.resumeOf', { run: name })}
      >
        {t('recent.resume')}
      </Button>
    )
  }
  const screen = isActive(run) ? 'live' : 'results'
  return (
    <Button
      size="compact-sm"
      variant="default"
      component="a"
      href={hrefOf({ screen, run: name })}
      aria-label={t(`recent.${screen}Of`, { run: name })}
    >
      {t(`recent.${screen}`)}
    </Button>
  )
}
