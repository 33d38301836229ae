import { useMemo, useSyncExternalStore } from 'react'
import { type WindowRoute, windowRouteOf } from '../../../shared/window-route/window-route.ts'

/** The place the address names now. */
export function useRoute(): WindowRoute {
  const fragment = useSyncExternalStore(subscribe, () => window.location.hash)
  return useMemo(() => windowRouteOf(fragment), [fragment])
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange)
  return () => window.removeEventListener('hashchange', onChange)
}
