import { useTranslation } from 'react-i18next'
import { editedPlanId } from '../../../../shared/domain/edited-plan-id.ts'
import type { RunSummary } from '../../../../shared/host-api/table.ts'
import { useRecipes } from '../../host/host-context.tsx'
import { useLocalized } from '../../ui/use-language.ts'

interface RunNames {
  /** `P0 · Second trial`; of a file that cannot be read, its own name. */
  readonly title: string
  /** The plan's title. */
  readonly plan: string
}

/** The names a person knows a run by. */
export function useRunNames(): (run: RunSummary) => RunNames {
  const { t } = useTranslation(['terms', 'home'])
  const localized = useLocalized()
  const { recipes } = useRecipes()
  return (run) => {
    const recipe = recipes?.find(({ id }) => id === run.recipe)
    const plan = recipe?.plans.find(({ id }) => id === run.plan)
    const changed = recipe?.plans.find(({ id }) => editedPlanId(id) === run.plan)
    const trial =
      run.trial === 'first' || run.trial === 'second' || run.trial === 'third'
        ? t(`terms:trialName.${run.trial}`)
        : run.trial
    return {
      title: run.problem ? run.run : `${run.recipe} · ${trial}`,
      plan: plan
        ? localized(plan.title)
        : changed
          ? t('home:recent.changedPlan', { plan: localized(changed.title) })
          : run.plan,
    }
  }
}
