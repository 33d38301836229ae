import { expect, test } from 'vitest'
import { ProblemError, problem } from '../../../../shared/problems/problem.ts'
import { exampleRecipe as recipe } from '../../testing/example-recipe.ts'
import { createStubHost } from '../../testing/stub-host.ts'
import { withFault, withoutFault } from './plan-draft.ts'
import { createPlanStore } from './plan-store.ts'

test('starting asks the host once and returns the run', async () => {
  const stub = createStubHost({ 'runs.start': () => ({ run: 'p0-1' }) })
  const store = createPlanStore(stub.host, recipe, undefined, '720')
  const both = await Promise.all([store.getState().start(), store.getState().start()])
  expect(both).toEqual(['p0-1', null])
  expect(stub.asked).toHaveLength(1)
  expect(stub.asked[0]?.input).toMatchObject({ recipe: 'P0', speed: '720', plan: 'schedule-12h' })
})

test('a refused start keeps the draft and shows why', async () => {
  const refused = problem('run.already-running', { run: 'p0-1' })
  const { host } = createStubHost({
    'runs.start': () => {
      throw new ProblemError(refused)
    },
  })
  const store = createPlanStore(host, recipe, undefined, 'max')
  expect(await store.getState().start()).toBeNull()
  expect(store.getState().problem).toEqual(refused)
  expect(store.getState().isStarting).toBe(false)
})

test('with a wrong field nothing is started', async () => {
  const stub = createStubHost({})
  const store = createPlanStore(stub.host, recipe, undefined, 'max')
  store.getState().edit((draft) => withFault(draft, 'fault-8', { healAfterSeconds: 20_000 }))
  expect(store.getState().issues).toEqual([{ fault: 'fault-8', field: 'atSeconds', kind: 'after-end' }])
  expect(await store.getState().start()).toBeNull()
  expect(stub.asked).toEqual([])
})

test('edits can be undone and redone, and a new edit ends redoing', () => {
  const { host } = createStubHost({})
  const store = createPlanStore(host, recipe, undefined, 'max')
  const original = store.getState().draft
  store.getState().edit((draft) => withoutFault(draft, 'fault-1'))
  store.getState().edit((draft) => withoutFault(draft, 'fault-2'))
  const shortest = store.getState().draft
  store.getState().undo()
  store.getState().undo()
  store.getState().undo()
  expect(store.getState().draft).toEqual(original)
  store.getState().redo()
  store.getState().redo()
  expect(store.getState().draft).toEqual(shortest)
  store.getState().undo()
  store.getState().edit((draft) => ({ ...draft, seed: 7 }))
  store.getState().redo()
  expect(store.getState().draft.seed).toBe(7)
  expect(store.getState().draft.faults).toHaveLength(original.faults.length - 1)
})

test('an edit that changes nothing leaves nothing to undo', () => {
  const { host } = createStubHost({})
  const store = createPlanStore(host, recipe, undefined, 'max')
  store.getState().edit((draft) => ({ ...draft }))
  expect(store.getState().past).toEqual([])
})

test('removing the selected fault closes its form', () => {
  const { host } = createStubHost({})
  const store = createPlanStore(host, recipe, undefined, 'max')
  store.getState().select('fault-3')
  store.getState().edit((draft) => withoutFault(draft, 'fault-3'))
  expect(store.getState().selected).toBeNull()
})

test('the host’s refusal stands at the field it names', async () => {
  const refusal = problem('input.invalid-field', { source: 'plan', field: 'faults.1.target.guest' })
  const { host } = createStubHost({
    'plans.check': () => {
      throw new ProblemError(refusal)
    },
  })
  const store = createPlanStore(host, recipe, undefined, 'max')
  store.getState().edit((draft) => withFault(draft, 'fault-1', { kind: 'node-shutdown' }))
  await store.getState().check()
  expect(store.getState().issues).toEqual([
    { fault: 'fault-2', field: 'target', kind: 'host', problem: refusal },
  ])
})

test('an untouched plan is not checked, for it is the host’s own', async () => {
  const stub = createStubHost({})
  await createPlanStore(stub.host, recipe, undefined, 'max').getState().check()
  expect(stub.asked).toEqual([])
})

test('a late answer about an older draft changes nothing', async () => {
  const store = createPlanStore(
    createStubHost({
      'plans.check': () => {
        store.getState().undo()
        throw new ProblemError(problem('input.invalid-field', { source: 'plan', field: 'faults.0.kind' }))
      },
    }).host,
    recipe,
    undefined,
    'max',
  )
  store.getState().edit((draft) => withFault(draft, 'fault-1', { kind: 'node-shutdown' }))
  await store.getState().check()
  expect(store.getState().issues).toEqual([])
})
