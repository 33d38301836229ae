import { expect, test } from 'vitest'
import { planSchema } from '../../../../shared/domain/plan.ts'
import { exampleRecipe as recipe } from '../../testing/example-recipe.ts'
import {
  draftOf,
  guestIdsOf,
  isEdited,
  planOf,
  startRequestOf,
  withAddedFault,
  withFault,
  withOnlyGuest,
  withoutFault,
  withSchedule,
  withTrial,
} from './plan-draft.ts'

const published = draftOf(recipe, undefined, 'max')

test('a new draft is the published schedule with the default trial, asked for by name', () => {
  expect(isEdited(recipe, published)).toBe(false)
  expect(startRequestOf(recipe, published)).toEqual({
    recipe: 'P0',
    trial: recipe.defaultTrial,
    group: 'treatment',
    plan: recipe.plans[0]?.id,
    guests: 'together',
    seed: 1,
    speed: 'max',
  })
})

test('the plan asked for in the address is the one shown', () => {
  expect(draftOf(recipe, recipe.rehearsalPlan, '60').plan).toBe(recipe.rehearsalPlan)
})

test('a moved fault keeps the list in order of time and makes the plan an own one', () => {
  const [first] = published.faults
  if (!first) throw new Error('the recipe has no faults')
  const moved = withFault(published, first.id, { atSeconds: 20_000 })
  const times = moved.faults.map(({ atSeconds }) => atSeconds)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const request = startRequestOf(recipe, moved)
  expect(request.plan).toMatchObject({ id: 'schedule-12h-edited', faults: moved.faults })
})

test('what an edited draft asks for is a plan the host accepts', () => {
  const edited = withAddedFault(recipe, withoutFault(published, 'fault-2'))
  expect(planSchema.safeParse(planOf(recipe, edited)).success).toBe(true)
})

test('faults can be added until the line is full, each with a name of its own', () => {
  let draft = published
  for (let round = 0; round < 20; round += 1) draft = withAddedFault(recipe, draft)
  expect(new Set(draft.faults.map(({ id }) => id)).size).toBe(published.faults.length + 20)
  expect(planSchema.safeParse(planOf(recipe, draft)).success).toBe(true)
})

test('a fault can be added to an empty line', () => {
  const empty = published.faults.reduce((draft, { id }) => withoutFault(draft, id), published)
  expect(withAddedFault(recipe, empty).faults).toHaveLength(1)
})

test('in a trial with one guest every fault follows that guest', () => {
  const first = withTrial(recipe, published, 'first')
  expect(guestIdsOf(recipe, first)).toEqual(['ct:101'])
  for (const { target } of first.faults) expect(target).toEqual({ rule: 'hosting-guest', guest: 'ct:101' })
  expect(isEdited(recipe, first)).toBe(false)
})

test('one guest alone draws all faults, and together gives the published aims back', () => {
  const alone = withOnlyGuest(recipe, published, 'vm:104')
  for (const { target } of alone.faults) expect(target).toEqual({ rule: 'hosting-guest', guest: 'vm:104' })
  expect(withOnlyGuest(recipe, alone, null)).toEqual(published)
})

test('choosing the schedule again undoes own changes', () => {
  const edited = withFault(published, 'fault-1', { kind: 'node-shutdown' })
  expect(withSchedule(recipe, edited, edited.plan)).toEqual(published)
})
