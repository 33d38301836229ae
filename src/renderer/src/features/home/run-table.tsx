/** Runs with their state and the one thing to do with each: watch, resume, or read the results. */
import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { RunSummary } from '../../../../shared/host-api/table.ts'
import { problemTextOf } from '../../../../shared/i18n/problem-text.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { isActive } from '../../host/runs-store.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { PartialNotice } from '../../ui/state-blocks.tsx'
import { useFormat, useLanguage } from '../../ui/use-language.ts'
import { useResume } from './use-resume.ts'
import { useRunNames } from './use-run-names.ts'

export function RunTable({ runs }: { readonly runs: readonly RunSummary[] }) {
  const { t } = useTranslation(['home', 'terms'])
  const format = useFormat()
  const nameOf = useRunNames()
  const { resume, resuming, problem } = useResume()
  const readable = runs.filter((run) => !run.problem).length
  return (
    <Stack gap="sm">
      {problem && <ProblemCard problem={problem} />}
      {readable < runs.length && (
        <PartialNotice>
          {t('home:recent.partial', {
            readable: format.number(readable),
            total: format.number(runs.length),
          })}
        </PartialNotice>
      )}
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
                {row.problem ? (
                  nameOf(row).title
                ) : (
                  <Anchor size="sm" fw={600} href={hrefOf(placeOf(row))}>
                    {nameOf(row).title}
                  </Anchor>
                )}
                <Text size="xs" c="dimmed" fw={400}>
                  {row.problem
                    ? ''
                    : t('home:recent.seed', { plan: nameOf(row).plan, seed: String(row.seed) })}
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
              row.problem
                ? ''
                : t('home:recent.faultsOf', {
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

/** Where a run can be looked at. */
function placeOf(run: RunSummary): { readonly screen: 'live' | 'results'; readonly run: string } {
  return { screen: isActive(run) ? 'live' : 'results', run: run.run }
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
  const place = placeOf(run)
  return (
    <Button
      size="compact-sm"
      variant="default"
      component="a"
      href={hrefOf(place)}
      aria-label={t(`recent.${place.screen}Of`, { run: name })}
    >
      {t(`recent.${place.screen}`)}
    </Button>
  )
}
