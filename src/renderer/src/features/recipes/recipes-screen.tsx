/** All recipes as cards, or one in detail. */
import { Badge, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconBook2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useRecipes } from '../../host/host-context.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Section } from '../../ui/section.tsx'
import { EmptyState, LoadingBlock } from '../../ui/state-blocks.tsx'
import { useLocalized } from '../../ui/use-language.ts'
import { RecipeDetail } from './recipe-detail.tsx'
import { RecipeFacts } from './recipe-facts.tsx'
import { TopologySketch } from './topology-sketch.tsx'

export function RecipesScreen({ recipe: wanted }: { readonly recipe?: string | undefined }) {
  const { t } = useTranslation('recipes')
  const { recipes, problem, load } = useRecipes()
  const shown = recipes?.find(({ id }) => id === wanted)
  if (shown) return <RecipeDetail recipe={shown} />

  return (
    <Screen title={t('title')} subtitle={t('subtitle')}>
      {problem && <ProblemCard problem={problem} onRetry={load} />}
      {!recipes && !problem && <LoadingBlock what={t('loading')} lines={6} />}
      {recipes && wanted !== undefined && (
        <EmptyState
          icon={<IconBook2 size={40} aria-hidden />}
          title={t('unknownTitle')}
          actions={
            <Button component="a" href={hrefOf({ screen: 'recipes' })}>
              {t('back')}
            </Button>
          }
        >
          {t('unknown', { recipe: wanted })}
        </EmptyState>
      )}
      {wanted === undefined && recipes?.map((recipe) => <RecipeCard key={recipe.id} recipe={recipe} />)}
    </Screen>
  )
}

function RecipeCard({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation('recipes')
  const localized = useLocalized()
  return (
    <Section
      title={`${recipe.id}: ${localized(recipe.title)}`}
      actions={<Badge variant="light">{t('facts.limits', { count: recipe.limits.length })}</Badge>}
    >
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <TopologySketch recipe={recipe} />
        <Stack gap="sm">
          <Text size="sm">{localized(recipe.summary)}</Text>
          <Text size="sm" c="dimmed">
            {t('source')}: {recipe.source}
          </Text>
          <RecipeFacts recipe={recipe} />
          <Group gap="xs">
            <Button
              variant="default"
              component="a"
              href={hrefOf({ screen: 'recipes', recipe: recipe.id })}
              aria-label={t('openOf', { recipe: recipe.id })}
            >
              {t('open')}
            </Button>
            <Button
              component="a"
              href={hrefOf({ screen: 'plan', recipe: recipe.id })}
              aria-label={t('planOf', { recipe: recipe.id })}
            >
              {t('plan')}
            </Button>
          </Group>
        </Stack>
      </SimpleGrid>
    </Section>
  )
}
