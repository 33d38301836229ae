import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hrefOf, screenIds, windowRouteOf } from './window-route.ts'

test('every route survives the way through an address', () => {
  const route = fc.oneof(
    fc.constantFrom('home' as const, 'settings' as const).map((screen) => ({ screen })),
    fc
      .tuple(fc.constantFrom('live' as const, 'results' as const), fc.string({ minLength: 1 }))
      .map(([screen, run]) => ({ screen, run })),
    fc
      .tuple(fc.constantFrom('recipes' as const, 'plan' as const), fc.string({ minLength: 1 }))
      .map(([screen, recipe]) => ({ screen, recipe })),
    fc
      .tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }))
      .map(([recipe, plan]) => ({ screen: 'plan' as const, recipe, plan })),
  )
  fc.assert(
    fc.property(route, (place) => {
      expect(windowRouteOf(hrefOf(place))).toEqual(place)
    }),
  )
})

test('every screen has an address without a subject', () => {
  for (const screen of screenIds) expect(windowRouteOf(`#/${screen}`)).toEqual({ screen })
})

test('an unknown or broken address leads home or keeps the raw name', () => {
  expect(windowRouteOf('')).toEqual({ screen: 'home' })
  expect(windowRouteOf('#/no-such-place/x')).toEqual({ screen: 'home' })
  expect(windowRouteOf('#/results/%E0%A4%A')).toEqual({ screen: 'results', run: '%E0%A4%A' })
})
