/** The run beside the published table, cell by cell, with the reasons why cells differ. */
import { Alert, List, Stack, Text } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { meaningfulDecimals } from '../../../../shared/analysis/availability.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import type { RunResults } from '../../../../shared/domain/results.ts'
import type { RunSpec } from '../../../../shared/domain/run.ts'
import { publishedBarsOf } from '../../charts/published-bars.ts'
import { PublishedChart } from '../../charts/published-chart.tsx'
import { useRecipes } from '../../host/host-context.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Section } from '../../ui/section.tsx'
import { EmptyState, LoadingBlock } from '../../ui/state-blocks.tsx'
import { useFormat, useLocalized } from '../../ui/use-language.ts'
import { type PaperComparison, type PaperRow, paperComparisonOf } from './paper-comparison.ts'
import type { ResultsState } from './results-store.ts'
import { signed } from './signed.ts'
import { UnbrokenName } from './unbroken-name.tsx'

interface PaperTabProps {
  readonly run: string
  readonly results: RunResults
  readonly state: ResultsState
}

export function PaperTab({ run, results, state }: PaperTabProps) {
  const { t } = useTranslation('results')
  const { recipes, problem, load } = useRecipes()
  const { value: overview, problem: overviewProblem } = state.overview
  if (overview === undefined && overviewProblem !== undefined)
    return <ProblemCard problem={overviewProblem} onRetry={() => state.load()} />
  if (problem !== undefined) return <ProblemCard problem={problem} onRetry={load} />
  if (recipes === undefined || overview === undefined) return <LoadingBlock what={t('tab.paper')} />
  const { spec } = overview
  const recipe = recipes.find(({ id }) => id === spec.recipe)
  if (recipe === undefined || recipe.publishedTables.length === 0)
    return <EmptyState title={t('tab.paper')}>{t('paper.noRecipe')}</EmptyState>
  return <Comparison run={run} results={results} spec={spec} recipe={recipe} />
}

interface ComparisonProps {
  readonly run: string
  readonly results: RunResults
  readonly spec: RunSpec
  readonly recipe: Recipe
}

function Comparison({ run, results, spec, recipe }: ComparisonProps) {
  const { t } = useTranslation('results')
  const format = useFormat()
  const localized = useLocalized()
  const comparison = useMemo(() => paperComparisonOf(results, recipe), [results, recipe])
  const bars = useMemo(() => publishedBarsOf(results.guests), [results.guests])
  const [table] = recipe.publishedTables
  const [first] = results.guests
  const hasCells = comparison.rows.some(({ publishedPercent }) => publishedPercent !== null)
  return (
    <Stack gap="md">
      {!hasCells && <Note>{t(spec.group === 'control' ? 'paper.control' : 'paper.noCells')}</Note>}
      {hasCells && !comparison.isSamePlan && (
        <Note>
          {t('paper.otherPlan', {
            window: format.duration(results.windowSeconds),
            faults: results.faultsInjected,
            paperWindow: format.duration(comparison.paperWindowSeconds),
            paperFaults: comparison.paperFaults,
          })}
        </Note>
      )}
      <Section
        title={t('paper.title', { table: table === undefined ? recipe.source : localized(table.title) })}
      >
        <PaperTable rows={comparison.rows} />
        <Text size="sm" c="dimmed">
          {recipe.source}. {t('paper.perFault')}
        </Text>
        <PublishedChart
          bars={bars}
          faults={results.faultsInjected}
          digits={first === undefined ? 0 : meaningfulDecimals(first.intervalMs, first.windowSeconds * 1000)}
          source={recipe.source}
          fileName={`${run}-published`}
        />
      </Section>
      {hasCells && <Reasons comparison={comparison} results={results} />}
      {recipe.limits.length > 0 && (
        <Section title={t('paper.unknowns')}>
          <List size="sm" spacing={4}>
            {recipe.limits.map((limit) => (
              <List.Item key={limit.en}>{localized(limit)}</List.Item>
            ))}
          </List>
        </Section>
      )}
    </Stack>
  )
}

function Note({ children }: { children: string }) {
  return (
    <Alert role="note" color="azure" variant="light" icon={<IconInfoCircle aria-hidden />}>
      {children}
    </Alert>
  )
}

function PaperTable({ rows }: { rows: readonly PaperRow[] }) {
  const { t } = useTranslation('results')
  const format = useFormat()
  const seconds = (value: number | null): string => (value === null ? '-' : format.fixed(value, 1))
  return (
    <DataTable
      caption={t('paper.table')}
      hideCaption
      rows={rows}
      rowKey={({ guest }) => guest}
      columns={[
        {
          key: 'guest',
          header: t('summary.guest'),
          isRowHeader: true,
          cell: ({ name }) => <UnbrokenName name={name} />,
        },
        {
          key: 'published',
          header: t('paper.published'),
          isNumber: true,
          cell: ({ publishedPercent }) =>
            publishedPercent === null ? t('paper.notMeasured') : format.fixed(publishedPercent, 3),
        },
        {
          key: 'ours',
          header: t('paper.ours'),
          isNumber: true,
          cell: ({ oursPercent }) => format.fixed(oursPercent, 3),
        },
        {
          key: 'difference',
          header: t('paper.difference'),
          isNumber: true,
          cell: ({ differencePoints }) =>
            differencePoints === null ? '-' : <b>{signed(differencePoints, 3, format)}</b>,
        },
        {
          key: 'paperPerFault',
          header: t('paper.paperPerFault'),
          isNumber: true,
          cell: ({ paperPerFaultSeconds }) => seconds(paperPerFaultSeconds),
        },
        {
          key: 'oursPerFault',
          header: t('paper.oursPerFault'),
          isNumber: true,
          cell: ({ oursPerFaultSeconds }) => seconds(oursPerFaultSeconds),
        },
        {
          key: 'oursPerHit',
          header: t('paper.oursPerHit'),
          isNumber: true,
          cell: ({ oursMedianPerHitSeconds }) => seconds(oursMedianPerHitSeconds),
        },
        {
          key: 'hits',
          header: t('paper.hits'),
          isNumber: true,
          cell: ({ hits, faults }) => `${format.number(hits)} / ${format.number(faults)}`,
        },
      ]}
    />
  )
}

function Reasons({ comparison, results }: { comparison: PaperComparison; results: RunResults }) {
  const { t } = useTranslation('results')
  const format = useFormat()
  const hardFaults = results.faults.some(
    ({ kind, injectedAtMs }) => kind === 'node-power-off' && injectedAtMs !== undefined,
  )
  return (
    <Section title={t('paper.why')}>
      <List size="sm" spacing={4}>
        {comparison.rows.flatMap((row) =>
          row.verdict === 'not-published'
            ? []
            : [
                <List.Item key={row.guest}>
                  {t(`paper.${row.verdict}`, {
                    guest: row.name,
                    points: format.fixed(Math.abs(row.differencePoints ?? 0), 3),
                    ours: format.fixed(row.oursPerFaultSeconds ?? 0, 1),
                    paper: format.fixed(row.paperPerFaultSeconds ?? 0, 1),
                  })}
                </List.Item>,
              ],
        )}
        {comparison.rows.some(({ hits, faults }) => hits < faults) && (
          <List.Item>{t('paper.hitsNote')}</List.Item>
        )}
        {hardFaults && <List.Item>{t('paper.hardNote')}</List.Item>}
      </List>
    </Section>
  )
}
