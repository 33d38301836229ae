/** Every property of one fault as a field; the published value stands beside what was changed. */
import { Button, Fieldset, Group, NumberInput, Stack } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { faultKinds } from '../../../../shared/domain/fault-kinds.ts'
import type { PlannedFault } from '../../../../shared/domain/plan.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { ChoiceField } from './choice-field.tsx'
import { DurationField } from './duration-field.tsx'
import { durationText } from './duration-text.ts'
import { basePlanOf, type FaultChanges, withFault } from './plan-draft.ts'
import type { FaultField } from './plan-issues.ts'
import type { PlanState } from './plan-store.ts'
import { TargetFields } from './target-fields.tsx'
import { blockIdOf } from './timeline.tsx'
import { useFaultWords } from './use-fault-words.ts'
import { useIssueText } from './use-issue-text.ts'

interface FaultFormProps {
  readonly recipe: Recipe
  readonly state: PlanState
  /** Id of the fault. */
  readonly fault: string
}

export function FaultForm({ recipe, state, fault: id }: FaultFormProps) {
  const { t } = useTranslation(['plan', 'terms'])
  const issueText = useIssueText()
  const words = useFaultWords(recipe)
  const fieldset = useRef<HTMLFieldSetElement>(null)
  useEffect(() => {
    fieldset.current?.querySelector('input')?.focus()
  }, [])

  const position = state.draft.faults.findIndex((one) => one.id === id)
  const fault = state.draft.faults[position]
  if (!fault) return null
  const published = basePlanOf(recipe, state.draft)?.faults.find((one) => one.id === id)
  const change = (changes: FaultChanges): void => state.edit((draft) => withFault(draft, id, changes))
  const errorOf = (field: FaultField): string | undefined => {
    const issue = state.issues.find((one) => one.fault === id && one.field === field)
    return issue && issueText(issue)
  }
  const close = (): void => {
    state.select(null)
    document.getElementById(blockIdOf(id))?.focus()
  }
  const publishedHint = (value: string | undefined, isChanged: boolean): string =>
    value !== undefined && isChanged ? t('plan:form.publishedValue', { value }) : ''

  return (
    <Fieldset ref={fieldset} legend={t('plan:form.title', { name: words.nameOf(position) })}>
      <Stack gap="sm">
        <ChoiceField
          id="plan-kind"
          label={t('plan:form.kind')}
          description={publishedHint(
            published && t(`terms:faultKind.${published.kind}`),
            published?.kind !== fault.kind,
          )}
          value={fault.kind}
          choices={faultKinds.map((value) => ({ value, label: t(`terms:faultKind.${value}`) }))}
          error={errorOf('kind')}
          onChange={(kind) => change({ kind })}
        />
        <DurationField
          id="plan-atSeconds"
          label={t('plan:form.at')}
          description={joined(
            t('plan:form.atHint'),
            publishedHint(
              published && durationText(published.atSeconds),
              published?.atSeconds !== fault.atSeconds,
            ),
          )}
          seconds={fault.atSeconds}
          error={errorOf('atSeconds')}
          onCommit={(atSeconds) => change({ atSeconds })}
        />
        <TargetFields
          recipe={recipe}
          draft={state.draft}
          target={fault.target}
          error={errorOf('target')}
          onChange={(target) => change({ target })}
        />
        <DurationField
          id="plan-healAfterSeconds"
          label={t('plan:form.off')}
          description={joined(
            t('plan:form.atHint'),
            publishedHint(
              published && durationText(published.healAfterSeconds),
              published?.healAfterSeconds !== fault.healAfterSeconds,
            ),
          )}
          seconds={fault.healAfterSeconds}
          error={errorOf('healAfterSeconds')}
          onCommit={(healAfterSeconds) => change({ healAfterSeconds })}
        />
        <JitterField fault={fault} error={errorOf('jitterSeconds')} onChange={change} />
        <Group justify="flex-end">
          <Button onClick={close}>{t('plan:form.close')}</Button>
        </Group>
      </Stack>
    </Fieldset>
  )
}

interface JitterFieldProps {
  readonly fault: PlannedFault
  readonly error: string | undefined
  readonly onChange: (changes: FaultChanges) => void
}

function JitterField({ fault, error, onChange }: JitterFieldProps) {
  const { t } = useTranslation('plan')
  return (
    <NumberInput
      id="plan-jitterSeconds"
      label={t('form.jitter')}
      description={t('form.jitterHint')}
      value={fault.jitterSeconds}
      allowDecimal={false}
      allowNegative={false}
      error={error}
      onChange={(value) => onChange({ jitterSeconds: value === '' ? 0 : Number(value) })}
    />
  )
}

function joined(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join('. ')
}
