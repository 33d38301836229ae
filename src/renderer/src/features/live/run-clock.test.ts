import { expect, test } from 'vitest'
import type { RunEvent } from '../../../../shared/domain/journal.ts'
import { frameOf, journalOf, openedJournal } from '../../testing/example-live-run.ts'
import { emptyLiveRun, foldFrame, type LiveRun } from './live-run.ts'
import { injectedCountOf, nextFaultOf, openFaultOf, pausedMsOf, runClockOf } from './run-clock.ts'

function runAt(seconds: number, later: readonly (readonly [number, RunEvent])[] = []): LiveRun {
  const entries = [...openedJournal, ...journalOf(later, 5)]
  return foldFrame(emptyLiveRun, frameOf({ entries, nowMs: seconds * 1000 }))
}

test('the clock starts with the window, not with the lab', () => {
  expect(runClockOf(emptyLiveRun)).toBeUndefined()
  expect(runClockOf(runAt(300))).toMatchObject({ leftSeconds: 43_200, share: 0 })
  expect(runClockOf(runAt(300 + 10_800))).toMatchObject({ leftSeconds: 32_400, share: 0.25 })
})

test('a pause moves the end and counts as no progress', () => {
  const paused: readonly (readonly [number, RunEvent])[] = [[1300, { type: 'schedule-paused' }]]
  expect(runClockOf(runAt(1900, paused))).toMatchObject({ leftSeconds: 42_200, share: 1000 / 43_200 })
  const continued: typeof paused = [...paused, [1900, { type: 'schedule-continued' }]]
  expect(runClockOf(runAt(2000, continued))).toMatchObject({ endsAtMs: 44_100_000, leftSeconds: 42_100 })
  expect(nextFaultOf(runAt(2000, continued))?.inSeconds).toBe(7200 + 300 + 600 - 2000)
})

test('pauses before the window do not move it', () => {
  const entries = journalOf([
    [10, { type: 'schedule-paused' }],
    [20, { type: 'schedule-continued' }],
    [30, { type: 'window-opened' }],
  ])
  expect(pausedMsOf(entries, 100_000)).toBe(0)
})

test('the next fault is the first that has not begun, with its number in the plan', () => {
  expect(nextFaultOf(emptyLiveRun)).toBeUndefined()
  expect(nextFaultOf(runAt(300))).toMatchObject({ ordinal: 1, inSeconds: 7200, jitterSeconds: 10 })
  const skipped = runAt(400, [[350, { type: 'fault-skipped', fault: 'fault-1', reason: 'user' }]])
  expect(nextFaultOf(skipped)).toMatchObject({ ordinal: 2, inSeconds: 10_700 })
})

test('an injected fault is open until it is healed', () => {
  const injected: readonly (readonly [number, RunEvent])[] = [
    [7500, { type: 'gate-passed', fault: 'fault-1', waitedMs: 0 }],
    [7502, { type: 'fault-injected', fault: 'fault-1' }],
  ]
  expect(openFaultOf(runAt(7600, injected))).toMatchObject({ ordinal: 1 })
  expect(injectedCountOf(runAt(7600, injected))).toBe(1)
  const healed = runAt(8200, [...injected, [8102, { type: 'fault-healed', fault: 'fault-1' }]])
  expect(openFaultOf(healed)).toBeUndefined()
  expect(injectedCountOf(healed)).toBe(1)
})

test('a run that is stopping or has failed has no next fault and promises no time left', () => {
  const stopping = runAt(5000, [[4990, { type: 'cancel-requested' }]])
  expect(nextFaultOf(stopping)).toBeUndefined()
  expect(runClockOf(stopping)).toMatchObject({ leftSeconds: 0 })
  const failed = runAt(5000, [[4990, { type: 'run-ended', outcome: 'failed' }]])
  expect(nextFaultOf(failed)).toBeUndefined()
  expect(runClockOf(failed)).toMatchObject({ leftSeconds: 0 })
})
