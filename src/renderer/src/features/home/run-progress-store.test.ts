import { expect, test } from 'vitest'
import { emptyRunState } from '../../../../shared/domain/journal.ts'
import type { RunFrame } from '../../../../shared/host-api/table.ts'
import type { WindowHost } from '../../host/window-host.ts'
import { doneSecondsOf, followRunProgress, remainingSecondsOf } from './run-progress-store.ts'

function frame(nowMs: number, changes: Partial<RunFrame> = {}): RunFrame {
  return { entries: [], series: [], buckets: [], nowMs, speed: 'max', live: true, ...changes }
}

/** A host of which only `follow` is used: frames are pushed by the test. */
function hostWithFrames(): { host: WindowHost; push: (frame: RunFrame) => void; inputs: unknown[] } {
  let take: (frame: RunFrame) => void = () => {}
  const inputs: unknown[] = []
  const follow = ((_name: string, input: () => unknown, onItem: typeof take) => {
    inputs.push(input())
    take = onItem
    return () => {}
  }) as unknown as WindowHost['follow']
  return { host: { follow } as WindowHost, push: (item) => take(item), inputs }
}

test('the window counts from its opening, and a repeated entry changes nothing', () => {
  const { host, push } = hostWithFrames()
  const store = followRunProgress(host, 'r', () => 0)
  const opened = { seq: 1, atMs: 90_000, event: { type: 'window-opened' } } as const
  push(frame(91_000, { entries: [opened] }))
  push(frame(150_000, { entries: [opened] }))
  expect(doneSecondsOf(store.getState())).toBe(60)
  expect(store.getState().state.status).toBe('running')
})

test('a fixed speed tells the remaining time at once', () => {
  const progress = {
    state: { ...emptyRunState, status: 'running', windowOpenedAtMs: 0 },
    nowMs: 600_000,
    speed: '60',
  } as const
  expect(remainingSecondsOf(progress, 1200)).toBe(10)
})

test('at maximum speed the remaining time is measured, not guessed', () => {
  const { host, push } = hostWithFrames()
  let realMs = 0
  const store = followRunProgress(host, 'r', () => realMs)
  push(frame(0, { entries: [{ seq: 1, atMs: 0, event: { type: 'window-opened' } }] }))
  expect(remainingSecondsOf(store.getState(), 43_200)).toBeUndefined()
  realMs = 2000
  push(frame(20_000_000))
  expect(remainingSecondsOf(store.getState(), 43_200)).toBeCloseTo((43_200 - 20_000) / 10_000)
})

test('a change of speed starts the measurement anew', () => {
  const { host, push } = hostWithFrames()
  let realMs = 0
  const store = followRunProgress(host, 'r', () => realMs)
  push(frame(0, { speed: '1' }))
  realMs = 2000
  push(frame(2000, { speed: 'max' }))
  expect(store.getState().measuredRate).toBeUndefined()
})

test('a paused run has no remaining time', () => {
  const progress = { state: { ...emptyRunState, status: 'paused' }, nowMs: 0, speed: '60' } as const
  expect(remainingSecondsOf(progress, 1200)).toBeUndefined()
})
