/** Trial, group, guests, schedule, seed and speed; each with what it means for this run. */
import { NumberInput, Select, SimpleGrid } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { useFormat, useLocalized } from '../../ui/use-language.ts'
import { ChoiceField } from './choice-field.tsx'
import { guestIdsOf, planOf, withOnlyGuest, withSchedule, withTrial } from './plan-draft.ts'
import type { PlanState } from './plan-store.ts'
import { useIssueText } from './use-issue-text.ts'

const groups = ['treatment', 'control'] as const
const speeds = ['1', '60', '720', 'max'] as const
const together = 'together'

interface RunChoicesProps {
  readonly recipe: Recipe
  readonly state: PlanState
}

export function RunChoices({ recipe, state }: RunChoicesProps) {
  const { t } = useTranslation(['plan', 'terms'])
  const localized = useLocalized()
  const { draft, edit } = state
  const schedule = recipe.plans.find(({ id }) => id === draft.plan)
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} verticalSpacing="md">
      <TrialChoice recipe={recipe} state={state} />
      <ChoiceField
        label={t('plan:choices.group')}
        description={t(`plan:choices.groupHint.${draft.group}`)}
        value={draft.group}
        choices={groups.map((value) => ({ value, label: t(`terms:group.${value}`) }))}
        onChange={(group) => edit((before) => ({ ...before, group }))}
      />
      <GuestsChoice recipe={recipe} state={state} />
      <Select
        label={t('plan:choices.schedule')}
        description={schedule ? localized(schedule.summary) : ''}
        data={recipe.plans.map((plan) => ({ value: plan.id, label: localized(plan.title) }))}
        value={draft.plan}
        allowDeselect={false}
        onChange={(plan) => plan !== null && edit((before) => withSchedule(recipe, before, plan))}
      />
      <SeedField state={state} />
      <SpeedChoice recipe={recipe} state={state} />
    </SimpleGrid>
  )
}

function TrialChoice({ recipe, state: { draft, edit } }: RunChoicesProps) {
  const { t } = useTranslation('plan')
  const format = useFormat()
  const localized = useLocalized()
  const trial = recipe.trials.find(({ id }) => id === draft.trial)
  const guestNames = recipe.guests.filter(({ id }) => trial?.guests.includes(id)).map(({ name }) => name)
  const hint =
    trial &&
    t('choices.trialHint', {
      nodes: format.number(recipe.nodeNames.length),
      memory: format.memory(trial.node.ramMiB),
      cpus: format.number(trial.node.cpus),
      guests: guestNames.join(', '),
    })
  return (
    <ChoiceField
      label={t('choices.trial')}
      description={hint ?? ''}
      value={draft.trial}
      choices={recipe.trials.map(({ id, title }) => ({ value: id, label: localized(title) }))}
      onChange={(id) => edit((before) => withTrial(recipe, before, id))}
    />
  )
}

function GuestsChoice({ recipe, state: { draft, edit } }: RunChoicesProps) {
  const { t } = useTranslation('plan')
  const nameOf = (id: string): string => recipe.guests.find((guest) => guest.id === id)?.name ?? id
  const guestIds = guestIdsOf(recipe, { trial: draft.trial, onlyGuest: null })
  return (
    <Select
      label={t('choices.guests')}
      description={t('choices.guestsHint')}
      data={[
        { value: together, label: t('choices.together') },
        ...guestIds.map((id) => ({ value: id, label: t('choices.alone', { guest: nameOf(id) }) })),
      ]}
      value={draft.onlyGuest ?? together}
      allowDeselect={false}
      onChange={(guest) => edit((before) => withOnlyGuest(recipe, before, guest === together ? null : guest))}
    />
  )
}

function SeedField({ state: { draft, edit, issues } }: { readonly state: PlanState }) {
  const { t } = useTranslation('plan')
  const issueText = useIssueText()
  const issue = issues.find(({ field }) => field === 'seed')
  return (
    <NumberInput
      id="plan-seed"
      label={t('choices.seed')}
      description={t('choices.seedHint')}
      value={draft.seed}
      allowDecimal={false}
      allowNegative={false}
      error={issue && issueText(issue)}
      onChange={(seed) => edit((before) => ({ ...before, seed: seed === '' ? Number.NaN : Number(seed) }))}
    />
  )
}

function SpeedChoice({ recipe, state: { draft, edit } }: RunChoicesProps) {
  const { t } = useTranslation(['plan', 'terms'])
  const format = useFormat()
  const windowSeconds = planWindowSeconds(planOf(recipe, draft) ?? { phases: [] })
  const realSeconds = draft.speed === 'max' ? 0 : windowSeconds / Number(draft.speed)
  return (
    <ChoiceField
      label={t('plan:choices.speed')}
      description={t(`plan:choices.speedHint.${draft.speed}`, { time: format.duration(realSeconds) })}
      value={draft.speed}
      choices={speeds.map((value) => ({ value, label: t(`terms:speed.${value}`) }))}
      onChange={(speed) => edit((before) => ({ ...before, speed }))}
    />
  )
}
