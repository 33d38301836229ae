import { app } from './app.ts'
import { charts } from './charts.ts'
import { cli } from './cli.ts'
import { home } from './home.ts'
import { lint } from './lint.ts'
import { live } from './live.ts'
import { plan } from './plan.ts'
import { problems } from './problems.ts'
import { recipes } from './recipes.ts'
import { results } from './results.ts'
import { settings } from './settings.ts'
import { states } from './states.ts'
import { terms } from './terms.ts'

/** One entry for each area: a screen, or words several screens share. */
export const en = {
  app,
  charts,
  cli,
  home,
  lint,
  live,
  plan,
  problems,
  recipes,
  results,
  settings,
  states,
  terms,
} as const
