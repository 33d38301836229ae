import { expect, test } from 'vitest'
import type { RunResults } from '../../../../shared/domain/results.ts'
import type { RunOverview } from '../../../../shared/host-api/table.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { exampleSpec } from '../../testing/example-live-run.ts'
import { createStubHost } from '../../testing/stub-host.ts'
import { createResultsStore } from './results-store.ts'

const results: RunResults = {
  windowSeconds: 43_200,
  faultsInjected: 0,
  guests: [],
  faults: [],
  recordLosses: [],
  lints: [],
}

function overviewFrom(fromMs: number): RunOverview {
  return {
    spec: exampleSpec,
    windowOpenedAtMs: fromMs,
    windowClosedAtMs: 43_500_000,
    series: [],
    buckets: [],
    strips: [],
  }
}

test('a part that the host refuses does not hide the others', async () => {
  const stub = createStubHost({
    'runs.results': () => results,
    'runs.overview': () => throwProblem('run.no-window'),
    'runs.journal': () => [],
  })
  const store = createResultsStore(stub.host, 'run-1')
  await store.getState().load()
  expect(store.getState()).toMatchObject({
    results: { value: results },
    overview: { problem: { code: 'run.no-window' } },
    journal: { value: [] },
  })
})

test('what was read before stays when reading again fails', async () => {
  let isThere = true
  const stub = createStubHost({
    'runs.results': () => (isThere ? results : throwProblem('run-file.in-use', { path: 'x' })),
    'runs.overview': () => overviewFrom(0),
    'runs.journal': () => [],
  })
  const store = createResultsStore(stub.host, 'run-1')
  await store.getState().load()
  isThere = false
  await store.getState().load()
  expect(store.getState().results).toMatchObject({ value: results, problem: { code: 'run-file.in-use' } })
  isThere = true
  await store.getState().load()
  expect(store.getState().results).toEqual({ value: results })
})

test('of two close-ups the newer one counts, whichever answer comes first', async () => {
  const answers = new Map<number, (overview: RunOverview) => void>()
  const stub = createStubHost({
    'runs.overview': ({ fromMs }) =>
      new Promise<RunOverview>((resolve) => {
        answers.set(fromMs ?? -1, resolve)
      }),
  })
  const store = createResultsStore(stub.host, 'run-1')
  const first = store.getState().zoom({ fromMs: 1000, toMs: 2000 })
  const second = store.getState().zoom({ fromMs: 5000, toMs: 6000 })
  expect(stub.asked.map(({ input }) => input)).toEqual([
    { run: 'run-1', buckets: 720, fromMs: 1000, toMs: 2000 },
    { run: 'run-1', buckets: 720, fromMs: 5000, toMs: 6000 },
  ])
  answers.get(5000)?.(overviewFrom(5000))
  await second
  answers.get(1000)?.(overviewFrom(1000))
  await first
  expect(store.getState().closeUp.value?.windowOpenedAtMs).toBe(5000)
  expect(store.getState().isZooming).toBe(false)
})

test('going back to the whole window needs no call and forgets the close-up', async () => {
  const stub = createStubHost({ 'runs.overview': () => overviewFrom(1000) })
  const store = createResultsStore(stub.host, 'run-1')
  await store.getState().zoom({ fromMs: 1000, toMs: 2000 })
  await store.getState().zoom(null)
  expect(store.getState().closeUp).toEqual({})
  expect(stub.asked).toHaveLength(1)
})

test('an export is handed on, or refused with a reason that the next one clears', async () => {
  let isThere = false
  const file = { fileName: 'run-1-faults.csv', mediaType: 'text/csv', text: 'fault\r\n' }
  const stub = createStubHost({
    'runs.export': () => (isThere ? file : throwProblem('run-file.damaged', { path: 'x' })),
  })
  const store = createResultsStore(stub.host, 'run-1')
  expect(await store.getState().exportFile('faults-csv')).toBeUndefined()
  expect(store.getState()).toMatchObject({ exportProblem: { code: 'run-file.damaged' } })
  isThere = true
  const exported = store.getState().exportFile('faults-csv')
  expect(store.getState().exporting).toBe('faults-csv')
  expect(await exported).toEqual(file)
  expect(store.getState().exportProblem).toBeUndefined()
  expect(store.getState().exporting).toBeUndefined()
})
