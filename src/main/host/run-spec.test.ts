import { expect, test } from 'vitest'
import type { Lab } from '../../shared/domain/lab.ts'
import { type FaultKind, planSchema, type TargetRule } from '../../shared/domain/plan.ts'
import { runSpecSchema } from '../../shared/domain/run.ts'
import { loadRecipes, recipeById } from './recipes.ts'
import { recipeFolder } from './resource-folders.ts'
import { runSpecOf } from './run-spec.ts'

const recipe = recipeById(loadRecipes(recipeFolder()), 'p0')

test('the published schedule of P0 is 2 + 8 + 2 hours with a failure every hour', () => {
  const { plan } = runSpecOf(recipe, { group: 'treatment', seed: 1 })
  expect(plan.phases.map((phase) => phase.durationSeconds / 3600)).toEqual([2, 8, 2])
  expect(plan.faults.map((fault) => fault.atSeconds / 3600)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
})

test('every trial, group and plan of P0 gives a valid specification', () => {
  for (const trial of recipe.trials)
    for (const group of ['treatment', 'control'] as const)
      for (const plan of recipe.plans) {
        const spec = runSpecOf(recipe, { trial: trial.id, group, plan: plan.id, seed: 7 })
        expect(runSpecSchema.parse(spec)).toEqual(spec)
        expect(spec.lab.nodes.map((node) => node.ramMiB)).toEqual(Array(3).fill(trial.node.ramMiB))
      }
})

test('a guest that runs alone is the one every failure follows', () => {
  const spec = runSpecOf(recipe, { group: 'treatment', onlyGuest: 'vm:104', seed: 1 })
  expect(spec.lab.guests.map((guest) => guest.id)).toEqual(['vm:104'])
  expect(new Set(spec.plan.faults.map((fault) => JSON.stringify(fault.target)))).toEqual(
    new Set(['{"rule":"hosting-guest","guest":"vm:104"}']),
  )
})

test('the first trial runs Container A alone, as the paper did', () => {
  const spec = runSpecOf(recipe, { trial: 'first', group: 'treatment', seed: 1 })
  expect(spec.lab.guests.map((guest) => guest.name)).toEqual(['container-a'])
})

test('a plan of the user’s own that follows an unknown guest is refused with the field', () => {
  const plan = planSchema.parse({
    ...runSpecOf(recipe, { group: 'treatment', plan: 'rehearsal', seed: 1 }).plan,
    id: 'own',
  })
  const fault = plan.faults[0]
  if (fault === undefined) throw new Error('the rehearsal has a fault')
  const wrong = {
    ...plan,
    faults: [{ ...fault, target: { rule: 'hosting-guest' as const, guest: 'vm:999' } }],
  }
  expect(() => runSpecOf(recipe, { group: 'treatment', plan: wrong, seed: 1 })).toThrow(
    /plan\.guest-unknown.*faults\.0\.target\.guest/,
  )
})

test('an unknown recipe names the known ones', () => {
  expect(() => recipeById([recipe], 'P9')).toThrow(/recipe\.unknown.*P0/)
})

test('a plan that wants Ceph or a NAS from a lab without them is refused with the field', () => {
  const { plan, lab } = runSpecOf(recipe, { group: 'treatment', plan: 'rehearsal', seed: 1 })
  const [fault] = plan.faults
  if (fault === undefined) throw new Error('the rehearsal has a fault')
  const specOf = (kind: FaultKind, target: TargetRule, own: Partial<Lab>) =>
    runSpecOf(recipe, {
      group: 'treatment',
      plan: { ...plan, faults: [{ ...fault, kind, target }] },
      lab: { ...lab, ...own },
      seed: 1,
    })
  const noCeph = lab.nodes.map((node) => ({ ...node, cephDiskGB: 0 }))
  for (const kind of ['osd-killed', 'monitor-killed'] as const)
    expect(() => specOf(kind, { rule: 'random' }, { nodes: noCeph })).toThrow(
      /plan\.nothing-to-hit.*faults\.0\.kind/,
    )
  expect(() => specOf('nas-power-off', { rule: 'random' }, {})).toThrow(/plan\.nothing-to-hit/)
  const storages: Lab['storages'] = [{ kind: 'nfs', name: 'share', server: 'nas1', writes: 'sync' }]
  expect(() => specOf('nas-power-off', { rule: 'fixed', node: 'pve1' }, { storages })).toThrow(
    /plan\.node-unknown/,
  )
  const { plan: accepted } = specOf('nas-power-off', { rule: 'fixed', node: 'nas1' }, { storages })
  expect(accepted.faults[0]?.target).toEqual({ rule: 'fixed', node: 'nas1' })
})
