import { expect, test } from 'vitest'
import { problem, throwProblem } from '../../../../shared/problems/problem.ts'
import { frameOf, journalOf, openedJournal } from '../../testing/example-live-run.ts'
import { createStubHost } from '../../testing/stub-host.ts'
import { createLiveStore } from './live-store.ts'

test('a subscription that is renewed asks only for what is missing', () => {
  const stub = createStubHost({})
  const store = createLiveStore(stub.host, 'run-1', () => 1000)
  store.getState().follow()
  expect(stub.streams[0]?.input).toEqual({ run: 'run-1', afterSeq: 0 })
  stub.push('runs.follow', frameOf({ entries: openedJournal }))
  stub.streams[0]?.onEnd(problem('host.disconnected'))
  expect(stub.streams.at(-1)?.input).toEqual({ run: 'run-1', afterSeq: 4 })
  expect(store.getState()).toMatchObject({ hasFrame: true, hasStreamEnded: false, frameAtMs: 1000 })
})

test('the end of the stream and its reason are kept beside what was seen', () => {
  const stub = createStubHost({})
  const store = createLiveStore(stub.host, 'run-1')
  store.getState().follow()
  stub.push('runs.follow', frameOf({ entries: openedJournal }))
  stub.streams[0]?.onEnd(problem('run.failed', { run: 'run-1' }))
  expect(store.getState()).toMatchObject({ hasStreamEnded: true, problem: { code: 'run.failed' } })
  expect(store.getState().run.entries).toHaveLength(4)
})

test('a wish changes nothing by itself; the stream brings what came of it', async () => {
  const stub = createStubHost({ 'runs.control': () => null })
  const store = createLiveStore(stub.host, 'run-1')
  store.getState().follow()
  stub.push('runs.follow', frameOf({ entries: openedJournal }))
  const asked = store.getState().control('pause')
  expect(store.getState().asked).toBe('pause')
  await asked
  expect(stub.asked).toEqual([{ name: 'runs.control', input: { run: 'run-1', action: 'pause' } }])
  expect(store.getState().asked).toBeUndefined()
  expect(store.getState().run.state.status).toBe('running')
  stub.push('runs.follow', frameOf({ entries: journalOf([[400, { type: 'schedule-paused' }]], 5) }))
  expect(store.getState().run.state.status).toBe('paused')
})

test('a refused wish says why, until the next one', async () => {
  let isRunning = false
  const stub = createStubHost({
    'runs.control': () => (isRunning ? null : throwProblem('run.not-running', { run: 'run-1' })),
  })
  const store = createLiveStore(stub.host, 'run-1')
  await store.getState().control('skip-fault')
  expect(store.getState()).toMatchObject({ refusal: { code: 'run.not-running' } })
  isRunning = true
  await store.getState().control('skip-fault')
  expect(store.getState().refusal).toBeUndefined()
})

test('a resumed run is heard again from its beginning', async () => {
  const stub = createStubHost({ 'runs.resume': () => null })
  const store = createLiveStore(stub.host, 'run-1')
  store.getState().follow()
  stub.push('runs.follow', frameOf({ entries: openedJournal, live: false }))
  stub.streams[0]?.onEnd()
  expect(store.getState().hasStreamEnded).toBe(true)
  await store.getState().resume('720')
  expect(stub.asked).toEqual([{ name: 'runs.resume', input: { run: 'run-1', speed: '720' } }])
  expect(store.getState()).toMatchObject({ hasFrame: false, hasStreamEnded: false })
  expect(stub.streams.at(-1)?.input).toEqual({ run: 'run-1', afterSeq: 0 })
})

test('leaving ends the subscription', () => {
  const stub = createStubHost({})
  const stop = createLiveStore(stub.host, 'run-1').getState().follow()
  expect(stub.streams).toHaveLength(1)
  stop()
  expect(stub.streams).toHaveLength(0)
})
