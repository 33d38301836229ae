/** One recipe: topology, published figures, what stands on weak ground, and what a laptop could hold. */
import { Anchor, Button, List, SimpleGrid, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { LocalizedText, Recipe } from '../../../../shared/domain/recipe.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Section } from '../../ui/section.tsx'
import { useFormat, useLocalized } from '../../ui/use-language.ts'
import { FeasibilityTable } from './feasibility-table.tsx'
import { PublishedTableView } from './published-table-view.tsx'
import { RecipeFacts } from './recipe-facts.tsx'
import { TopologySketch } from './topology-sketch.tsx'
import { TrialTables } from './trial-tables.tsx'

export function RecipeDetail({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation('recipes')
  const localized = useLocalized()
  return (
    <Screen
      title={`${recipe.id}: ${localized(recipe.title)}`}
      subtitle={`${t('source')}: ${recipe.source}`}
      actions={
        <>
          <Button variant="default" component="a" href={hrefOf({ screen: 'recipes' })}>
            {t('back')}
          </Button>
          <Button component="a" href={hrefOf({ screen: 'plan', recipe: recipe.id })}>
            {t('plan')}
          </Button>
        </>
      }
    >
      <Text>{localized(recipe.summary)}</Text>
      <Section title={t('topology.title')}>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          <TopologySketch recipe={recipe} />
          <RecipeFacts recipe={recipe} />
        </SimpleGrid>
      </Section>
      <Section title={t('published.title')}>
        {recipe.publishedTables.map((table) => (
          <PublishedTableView key={table.id} recipe={recipe} table={table} />
        ))}
      </Section>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Evidence title={t('evidence.claims')} points={recipe.claims} />
        <Evidence title={t('evidence.weakPoints')} points={recipe.weakPoints} />
        <Evidence title={t('evidence.measuredInstead')} points={recipe.measuredInstead} />
        <Evidence title={t('evidence.limits')} points={recipe.limits} />
      </SimpleGrid>
      <Section title={t('plans.title')}>
        <Schedules recipe={recipe} />
      </Section>
      <Section title={t('trials.title')}>
        <TrialTables recipe={recipe} />
      </Section>
      <Section title={t('feasibility.title')}>
        <Text size="sm" c="dimmed">
          {t('feasibility.text')}
        </Text>
        <FeasibilityTable recipe={recipe} />
      </Section>
    </Screen>
  )
}

function Evidence({ title, points }: { readonly title: string; readonly points: readonly LocalizedText[] }) {
  const localized = useLocalized()
  if (points.length === 0) return null
  return (
    <Section title={title}>
      <List size="sm" spacing="xs">
        {points.map((point) => (
          <List.Item key={point.en}>{localized(point)}</List.Item>
        ))}
      </List>
    </Section>
  )
}

function Schedules({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation(['recipes', 'terms'])
  const format = useFormat()
  const localized = useLocalized()
  return (
    <DataTable
      caption={t('recipes:plans.title')}
      hideCaption
      rows={recipe.plans}
      rowKey={(plan) => plan.id}
      columns={[
        {
          key: 'plan',
          header: t('terms:plan'),
          isRowHeader: true,
          cell: (plan) => localized(plan.title),
        },
        {
          key: 'duration',
          header: t('recipes:facts.duration'),
          cell: (plan) => format.duration(planWindowSeconds(plan)),
        },
        {
          key: 'faults',
          header: t('terms:faults'),
          cell: (plan) => t('recipes:plans.faults', { count: plan.faults.length }),
        },
        { key: 'summary', header: t('recipes:open'), cell: (plan) => localized(plan.summary) },
        {
          key: 'choose',
          header: t('recipes:plan'),
          cell: (plan) => (
            <Anchor
              size="sm"
              href={hrefOf({ screen: 'plan', recipe: recipe.id, plan: plan.id })}
              aria-label={t('recipes:plans.chooseOf', { plan: localized(plan.title) })}
            >
              {t('recipes:plans.choose')}
            </Anchor>
          ),
        },
      ]}
    />
  )
}
