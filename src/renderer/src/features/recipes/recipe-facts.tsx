/** Time, memory, disk and guests of a recipe as a list of facts. */
import { useTranslation } from 'react-i18next'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { useFormat, useLocalized } from '../../ui/use-language.ts'
import classes from './recipe-facts.module.css'

export function RecipeFacts({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation(['recipes', 'terms'])
  const format = useFormat()
  const localized = useLocalized()
  const trial = recipe.trials.find(({ id }) => id === recipe.defaultTrial) ?? recipe.trials[0]
  const published = recipe.plans[0]
  const rehearsal = recipe.plans.find(({ id }) => id === recipe.rehearsalPlan)
  if (!trial || !published) return null

  const facts: readonly (readonly [string, string])[] = [
    [
      t('recipes:facts.duration'),
      t('recipes:facts.durationValue', {
        time: format.duration(planWindowSeconds(published)),
        rehearsal: format.duration(rehearsal ? planWindowSeconds(rehearsal) : 0),
      }),
    ],
    [
      t('recipes:facts.memory'),
      t('recipes:facts.memoryValue', {
        nodes: format.number(recipe.nodeNames.length),
        each: format.memory(trial.node.ramMiB),
        trial: localized(trial.title),
      }),
    ],
    [
      t('recipes:facts.disk'),
      t('recipes:facts.diskValue', {
        system: format.number(trial.node.systemDiskGB),
        ceph: format.number(trial.node.cephDiskGB),
      }),
    ],
    [
      t('recipes:facts.laptop'),
      t('recipes:facts.laptopValue', {
        memory: format.memory(recipe.laptop.ramMiB),
        threads: format.number(recipe.laptop.threads),
      }),
    ],
    [
      t('recipes:facts.ceph'),
      t('recipes:facts.cephValue', {
        size: format.number(recipe.ceph.size),
        minSize: format.number(recipe.ceph.minSize),
      }),
    ],
  ]
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
