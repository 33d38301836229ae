/** Places in the window. They are written as the address's fragment, so that a link, a notification and the
 * back button all lead to the exact place. */

export type WindowRoute =
  | { readonly screen: 'home' | 'settings' }
  | { readonly screen: 'recipes'; readonly recipe?: string }
  | { readonly screen: 'plan'; readonly recipe?: string; readonly plan?: string }
  | { readonly screen: 'live' | 'results'; readonly run?: string }

export type ScreenId = WindowRoute['screen']

export const screenIds = [
  'home',
  'recipes',
  'plan',
  'live',
  'results',
  'settings',
] as const satisfies readonly ScreenId[]

/** `#/results/2026-11-20-p0`, `#/plan/P0/rehearsal`; a link's href. */
export function hrefOf(route: WindowRoute): string {
  const subjects = 'run' in route ? [route.run] : 'recipe' in route ? [route.recipe, planOf(route)] : []
  const parts = subjects.filter((subject) => subject !== undefined).map(encodeURIComponent)
  return ['#', route.screen, ...parts].join('/')
}

function planOf(route: WindowRoute): string | undefined {
  return 'plan' in route ? route.plan : undefined
}

/** The place an address fragment names; what it does not name leads home. */
export function windowRouteOf(fragment: string): WindowRoute {
  const [screen, subject, detail] = fragment.replace(/^#?\/?/, '').split('/')
  switch (screen) {
    case 'settings':
      return { screen }
    case 'recipes':
      return subject ? { screen, recipe: decoded(subject) } : { screen }
    case 'plan':
      if (!subject) return { screen }
      return { screen, recipe: decoded(subject), ...(detail && { plan: decoded(detail) }) }
    case 'live':
    case 'results':
      return subject ? { screen, run: decoded(subject) } : { screen }
    default:
      return { screen: 'home' }
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
