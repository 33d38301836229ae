/** Places in the window. They are written as the address's fragment, so that a link, a notification and the
 * back button all lead to the exact place. */

export type WindowRoute =
  | { readonly screen: 'home' | 'settings' }
  | { readonly screen: 'recipes' | 'plan'; readonly recipe?: string }
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

/** `#/results/2026-11-20-p0`; a link's href. */
export function hrefOf(route: WindowRoute): string {
  const subject = 'recipe' in route ? route.recipe : 'run' in route ? route.run : undefined
  return subject === undefined ? `#/${route.screen}` : `#/${route.screen}/${encodeURIComponent(subject)}`
}

/** The place an address fragment names; what it does not name leads home. */
export function windowRouteOf(fragment: string): WindowRoute {
  const [screen, subject] = fragment.replace(/^#?\/?/, '').split('/')
  switch (screen) {
    case 'settings':
      return { screen }
    case 'recipes':
    case 'plan':
      return subject ? { screen, recipe: decoded(subject) } : { screen }
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
