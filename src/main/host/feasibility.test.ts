import { expect, test } from 'vitest'
import { feasibilityOf, labFeasibilityOf } from './feasibility.ts'
import { loadRecipes, recipeById } from './recipes.ts'
import { recipeFolder } from './resource-folders.ts'
import { runSpecOf } from './run-spec.ts'

const recipe = recipeById(loadRecipes(recipeFolder()), 'P0')

test('three nodes of 7 GB do not fit a 24 GB laptop, as their 21 GB leave too little for Windows', () => {
  const row = feasibilityOf(recipe).find(
    ({ trial, laptopRamGiB }) => trial === 'third' && laptopRamGiB === 24,
  )
  expect(row).toMatchObject({ nodesRamMiB: 21_504, verdict: 'does-not-fit' })
  expect(row?.laptopSpareMiB).toBeLessThan(0)
})

test('guests that outgrow the nodes left after losing one make a trial infeasible on any laptop', () => {
  const second = feasibilityOf(recipe).filter(({ trial }) => trial === 'second')
  expect(second).toHaveLength(3)
  for (const row of second) {
    expect(row.spareAfterNodeLossMiB).toBe(2 * (4096 - 3072) - row.guestsRamMiB)
    expect(row.verdict).toBe('does-not-fit')
  }
})

test('a lab with small guests fits a 32 GB laptop', () => {
  const { lab } = runSpecOf(recipe, { trial: 'third', group: 'treatment', onlyGuest: 'ct:101', seed: 1 })
  expect(labFeasibilityOf(lab).at(-1)).toMatchObject({ laptopRamGiB: 32, verdict: 'tight' })
})
