/** Which screen a place shows. Screens other than Home are loaded when they are first opened. */
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { WindowRoute } from '../../../shared/window-route/window-route.ts'
import { HomeScreen } from '../features/home/home-screen.tsx'
import { LoadingBlock } from '../ui/state-blocks.tsx'
import { LiveEntrance, ResultsEntrance } from './run-entrances.tsx'

const RecipesScreen = lazy(async () => ({
  default: (await import('../features/recipes/recipes-screen.tsx')).RecipesScreen,
}))
const PlanScreen = lazy(async () => ({
  default: (await import('../features/plan/plan-screen.tsx')).PlanScreen,
}))
const LiveScreen = lazy(async () => ({
  default: (await import('../features/live/live-screen.tsx')).LiveScreen,
}))
const ResultsScreen = lazy(async () => ({
  default: (await import('../features/results/results-screen.tsx')).ResultsScreen,
}))
const SettingsScreen = lazy(async () => ({
  default: (await import('../features/settings/settings-screen.tsx')).SettingsScreen,
}))

export function CurrentScreen({ route }: { readonly route: WindowRoute }) {
  const { t } = useTranslation('app')
  return (
    <Suspense fallback={<LoadingBlock what={t(`nav.${route.screen}`)} lines={6} />}>
      <ScreenOf route={route} />
    </Suspense>
  )
}

function ScreenOf({ route }: { readonly route: WindowRoute }) {
  switch (route.screen) {
    case 'home':
      return <HomeScreen />
    case 'recipes':
      return <RecipesScreen recipe={route.recipe} />
    case 'plan':
      return <PlanScreen recipe={route.recipe} plan={route.plan} />
    case 'live':
      return route.run === undefined ? <LiveEntrance /> : <LiveScreen run={route.run} />
    case 'results':
      return route.run === undefined ? <ResultsEntrance /> : <ResultsScreen run={route.run} />
    case 'settings':
      return <SettingsScreen />
  }
}
