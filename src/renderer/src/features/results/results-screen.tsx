/** What a run found: summary, each fault, charts, raw data, and the paper beside it. */
import { Alert, Button, Group, Stack, Tabs, Text } from '@mantine/core'
import { IconPlayerPlay, IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { RunSummary } from '../../../../shared/host-api/table.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useHost, useRuns } from '../../host/host-context.tsx'
import { isActive } from '../../host/runs-store.ts'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Screen } from '../../ui/screen.tsx'
import { LoadingBlock } from '../../ui/state-blocks.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { ChartsTab } from './charts-tab.tsx'
import { FaultsTab } from './faults-tab.tsx'
import { NothingMeasured } from './nothing-measured.tsx'
import { PaperTab } from './paper-tab.tsx'
import { RawTab } from './raw-tab.tsx'
import { createResultsStore, type ResultsState } from './results-store.ts'
import { SummaryTab } from './summary-tab.tsx'

export function ResultsScreen({ run }: { run: string }) {
  const { t } = useTranslation(['results', 'terms'])
  const format = useFormat()
  const host = useHost()
  const store = useMemo(() => createResultsStore(host, run), [host, run])
  const summary = useRuns((state) => state.runs?.find((one) => one.run === run))
  const isGoingOn = summary !== undefined && isActive(summary)
  useEffect(() => {
    void store.getState().load()
  }, [store])
  const wasGoingOn = useRef(false)
  useEffect(() => {
    if (wasGoingOn.current && !isGoingOn) void store.getState().load()
    wasGoingOn.current = isGoingOn
  }, [store, isGoingOn])
  const state = useStore(store)

  const { value: results, problem } = state.results
  const spec = state.overview.value?.spec
  return (
    <Screen
      title={t('results:title')}
      subtitle={
        spec === undefined || results === undefined
          ? run
          : t('results:subtitle', {
              recipe: spec.recipe,
              trial: t(`terms:trialName.${spec.trial}`),
              group: t(`terms:group.${spec.group}`),
              window: format.duration(results.windowSeconds),
              faults: results.faultsInjected,
              seed: spec.seed,
            })
      }
    >
      <RunStateNotice summary={summary} onRefresh={state.load} />
      {problem !== undefined && <ProblemCard problem={problem} onRetry={() => state.load()} />}
      {results === undefined && problem === undefined && (
        <LoadingBlock what={t('results:loading')} lines={8} />
      )}
      {(results !== undefined || state.journal.value !== undefined) && (
        <Parts run={run} state={state} isGoingOn={isGoingOn} />
      )}
    </Screen>
  )
}

const parts = ['summary', 'faults', 'charts', 'raw', 'paper'] as const

interface PartsProps {
  readonly run: string
  readonly state: ResultsState
  readonly isGoingOn: boolean
}

function Parts({ run, state, isGoingOn }: PartsProps) {
  const { t } = useTranslation('results')
  const { value: results } = state.results
  const hasWindow = results !== undefined && results.windowSeconds > 0
  return (
    <Tabs defaultValue={results === undefined ? 'raw' : 'summary'} keepMounted={false}>
      <Tabs.List aria-label={t('tab.label')} mb="md">
        {parts.map((part) => (
          <Tabs.Tab key={part} value={part} disabled={results === undefined && part !== 'raw'}>
            {t(`tab.${part}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {results !== undefined && (
        <>
          <Tabs.Panel value="summary">
            {hasWindow ? (
              <SummaryTab results={results} isGoingOn={isGoingOn} />
            ) : (
              <NothingMeasured reason="noWindow" />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="faults">
            {hasWindow ? (
              <FaultsTab run={run} results={results} overview={state.overview.value} />
            ) : (
              <NothingMeasured reason="noWindow" />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="charts">
            {hasWindow ? (
              <ChartsTab run={run} state={state} results={results} />
            ) : (
              <NothingMeasured reason="noWindow" />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="paper">
            {hasWindow ? (
              <PaperTab run={run} results={results} state={state} />
            ) : (
              <NothingMeasured reason="noWindow" />
            )}
          </Tabs.Panel>
        </>
      )}
      <Tabs.Panel value="raw">
        <RawTab state={state} />
      </Tabs.Panel>
    </Tabs>
  )
}

interface RunStateNoticeProps {
  readonly summary: RunSummary | undefined
  readonly onRefresh: () => Promise<void>
}

/** A run that goes on or was interrupted has only part of its results. */
function RunStateNotice({ summary, onRefresh }: RunStateNoticeProps) {
  const { t } = useTranslation('results')
  if (summary === undefined || summary.problem !== undefined) return null
  const kind = isActive(summary) ? 'live' : summary.status === 'interrupted' ? 'interrupted' : undefined
  if (kind === undefined) return null
  return (
    <Alert
      role="note"
      color={kind === 'live' ? 'azure' : 'orange'}
      variant="light"
      icon={kind === 'live' ? <IconPlayerPlay aria-hidden /> : <IconPlugConnectedX aria-hidden />}
      title={t(`${kind}.title`)}
    >
      <Stack gap="xs">
        <Text size="sm">{t(`${kind}.text`)}</Text>
        <Group gap="xs">
          {kind === 'live' && (
            <Button variant="default" size="xs" onClick={() => onRefresh()}>
              {t('live.refresh')}
            </Button>
          )}
          <Button component="a" size="xs" href={hrefOf({ screen: 'live', run: summary.run })}>
            {t(`${kind}.open`)}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
