import { useTranslation } from 'react-i18next'
import type { TargetRule } from '../../../../shared/domain/plan.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'

interface FaultWords {
  /** `Fault 3`, by position in time. */
  readonly nameOf: (position: number) => string
  /** `node that hosts vm-a`. */
  readonly targetOf: (target: TargetRule) => string
}

/** How faults are called in the time line, the table and announcements. */
export function useFaultWords(recipe: Recipe): FaultWords {
  const { t } = useTranslation(['plan', 'terms'])
  return {
    nameOf: (position) => t('plan:faults.nameOf', { number: position + 1 }),
    targetOf: (target) => {
      switch (target.rule) {
        case 'fixed':
          return t('terms:target.fixed', { node: target.node })
        case 'hosting-guest': {
          const guest = recipe.guests.find(({ id }) => id === target.guest)?.name ?? target.guest
          return t('terms:target.hosting-guest', { guest })
        }
        default:
          return t(`terms:target.${target.rule}`)
      }
    },
  }
}
