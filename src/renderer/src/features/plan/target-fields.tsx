import { useTranslation } from 'react-i18next'
import type { TargetRule } from '../../../../shared/domain/plan.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { ChoiceField } from './choice-field.tsx'
import { guestIdsOf, type PlanDraft, targetOfRule, targetRules } from './plan-draft.ts'

interface TargetFieldsProps {
  readonly recipe: Recipe
  readonly draft: PlanDraft
  readonly target: TargetRule
  readonly error: string | undefined
  readonly onChange: (target: TargetRule) => void
}

/** Which node is hit: a rule, and the guest or node the rule speaks of. */
export function TargetFields({ recipe, draft, target, error, onChange }: TargetFieldsProps) {
  const { t } = useTranslation(['plan', 'terms'])
  const guestIds = guestIdsOf(recipe, draft)
  const needsMore = target.rule === 'hosting-guest' || target.rule === 'fixed'
  return (
    <>
      <ChoiceField
        {...(!needsMore && { id: 'plan-target' })}
        label={t('plan:form.rule')}
        value={target.rule}
        choices={targetRules.map((value) => ({ value, label: t(`terms:targetRule.${value}`) }))}
        error={needsMore ? undefined : error}
        onChange={(rule) => onChange(targetOfRule(rule, guestIds, recipe.nodeNames))}
      />
      {target.rule === 'hosting-guest' && (
        <ChoiceField
          id="plan-target"
          label={t('plan:form.guest')}
          value={target.guest}
          choices={recipe.guests
            .filter(({ id }) => guestIds.includes(id))
            .map(({ id, name }) => ({ value: id, label: name }))}
          error={error}
          onChange={(guest) => onChange({ rule: 'hosting-guest', guest })}
        />
      )}
      {target.rule === 'fixed' && (
        <ChoiceField
          id="plan-target"
          label={t('plan:form.node')}
          value={target.node}
          choices={recipe.nodeNames.map((value) => ({ value, label: value }))}
          error={error}
          onChange={(node) => onChange({ rule: 'fixed', node })}
        />
      )}
    </>
  )
}
