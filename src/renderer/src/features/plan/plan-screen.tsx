/** Choose what to run, arrange its faults, start it. */
import { ActionIcon, Badge, Button, Tooltip } from '@mantine/core'
import { IconArrowBackUp, IconArrowForwardUp, IconPlayerPlay, IconTimeline } from '@tabler/icons-react'
import { type ComponentType, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import type { Speed } from '../../../../shared/host-api/table.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useHost, useRecipes, useRuns, useSettings } from '../../host/host-context.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Section } from '../../ui/section.tsx'
import { EmptyState, LoadingBlock } from '../../ui/state-blocks.tsx'
import { FaultForm } from './fault-form.tsx'
import { FaultTable } from './fault-table.tsx'
import { IssueSummary } from './issue-summary.tsx'
import { isEdited } from './plan-draft.ts'
import classes from './plan-screen.module.css'
import { createPlanStore, type PlanState } from './plan-store.ts'
import { RunChoices } from './run-choices.tsx'
import { Timeline } from './timeline.tsx'
import { useUndoKeys } from './use-undo-keys.ts'

interface PlanScreenProps {
  readonly recipe?: string | undefined
  readonly plan?: string | undefined
}

export function PlanScreen({ recipe: wanted, plan }: PlanScreenProps) {
  const { t } = useTranslation('plan')
  const { recipes, problem, load } = useRecipes()
  // The draft starts with the preferred speed, so it waits until that is known; without settings, maximum.
  const speed = useSettings((state) => state.settings?.defaultSpeed ?? (state.problem && 'max'))
  const recipe = wanted === undefined ? recipes?.[0] : recipes?.find(({ id }) => id === wanted)
  if (recipe && speed) return <Planner recipe={recipe} plan={plan} speed={speed} />

  return (
    <Screen title={t('title')}>
      {problem && <ProblemCard problem={problem} onRetry={load} />}
      {!problem && (!recipes || recipe) && <LoadingBlock what={t('loading')} lines={8} />}
      {recipes && !recipe && (
        <EmptyState
          icon={<IconTimeline size={40} aria-hidden />}
          title={t('unknownTitle')}
          actions={
            <Button component="a" href={hrefOf({ screen: 'recipes' })}>
              {t('toRecipes')}
            </Button>
          }
        >
          {t('unknown', { recipe: wanted ?? '' })}
        </EmptyState>
      )}
    </Screen>
  )
}

interface PlannerProps {
  readonly recipe: Recipe
  readonly plan: string | undefined
  readonly speed: Speed
}

/** Time without edits after which the host is asked for its opinion. */
const checkAfterMs = 400

function Planner({ recipe, plan, speed }: PlannerProps) {
  const { t } = useTranslation('plan')
  const host = useHost()
  const [store] = useState(() => createPlanStore(host, recipe, plan, speed))
  const state = useStore(store)
  const { draft, issues, problem, selected, check } = state
  useUndoKeys(state)
  useEffect(() => {
    let timer = setTimeout(check, checkAfterMs)
    const stop = store.subscribe((now, before) => {
      if (now.draft === before.draft) return
      clearTimeout(timer)
      timer = setTimeout(check, checkAfterMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [store, check])

  const edited = isEdited(recipe, draft)
  return (
    <Screen title={t('titleOf', { recipe: recipe.id })} actions={<PlanActions state={state} />}>
      {issues.length > 0 && <IssueSummary draft={draft} issues={issues} onSelect={state.select} />}
      {problem && <ProblemCard problem={problem} />}
      <Section title={t('choices.title')}>
        <RunChoices recipe={recipe} state={state} />
      </Section>
      <Section
        title={t('timeline.title')}
        actions={
          <Badge variant="light" color={edited ? 'orange' : 'gray'}>
            {t(edited ? 'faults.edited' : 'faults.published')}
          </Badge>
        }
      >
        <Timeline recipe={recipe} state={state} />
        <div className={classes.faults}>
          <FaultTable recipe={recipe} state={state} isEdited={edited} />
          {selected !== null && <FaultForm key={selected} recipe={recipe} state={state} fault={selected} />}
        </div>
      </Section>
    </Screen>
  )
}

function PlanActions({ state }: { readonly state: PlanState }) {
  const { t } = useTranslation('plan')
  const refreshRuns = useRuns((runs) => runs.refresh)
  const { issues, past, future, undo, redo, isStarting, start } = state
  const begin = async (): Promise<void> => {
    if (issues.length > 0) {
      document.getElementById('plan-issues')?.focus()
      return
    }
    const run = await start()
    if (run === null) return
    void refreshRuns()
    window.location.hash = hrefOf({ screen: 'live', run })
  }
  return (
    <>
      <StepButton label={t('undo')} icon={IconArrowBackUp} isPossible={past.length > 0} onClick={undo} />
      <StepButton label={t('redo')} icon={IconArrowForwardUp} isPossible={future.length > 0} onClick={redo} />
      <Button leftSection={<IconPlayerPlay size={18} aria-hidden />} loading={isStarting} onClick={begin}>
        {t('start')}
      </Button>
    </>
  )
}

interface StepButtonProps {
  readonly label: string
  readonly icon: ComponentType<{ size?: number }>
  readonly isPossible: boolean
  readonly onClick: () => void
}

/** Stays in place and focusable when there is nothing to undo: the key may be pressed once too often. */
function StepButton({ label, icon: Icon, isPossible, onClick }: StepButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={label}
        aria-disabled={!isPossible}
        {...(!isPossible && { 'data-disabled': true })}
        onClick={onClick}
      >
        <Icon size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}
