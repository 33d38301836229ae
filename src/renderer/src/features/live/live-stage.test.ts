import { expect, test } from 'vitest'
import type { RunEvent } from '../../../../shared/domain/journal.ts'
import { problem } from '../../../../shared/problems/problem.ts'
import { frameOf, journalOf, openedJournal } from '../../testing/example-live-run.ts'
import { emptyLiveRun, foldFrame } from './live-run.ts'
import { liveStageOf } from './live-stage.ts'

function stageAfter(events: readonly RunEvent[], isDriven = true): string {
  const entries = [
    ...openedJournal,
    ...journalOf(
      events.map((event) => [400, event] as const),
      5,
    ),
  ]
  const run = foldFrame(emptyLiveRun, frameOf({ entries, live: isDriven }))
  return liveStageOf({ run, hasFrame: true, hasStreamEnded: !isDriven })
}

test('nothing heard yet is attaching, whatever may follow', () => {
  expect(liveStageOf({ run: emptyLiveRun, hasFrame: false, hasStreamEnded: false })).toBe('attaching')
})

test('before the window the lab is being prepared', () => {
  const run = foldFrame(emptyLiveRun, frameOf({ entries: openedJournal.slice(0, 2) }))
  expect(liveStageOf({ run, hasFrame: true, hasStreamEnded: false })).toBe('preparing')
})

test('a closed gate, a pause and a stop each show as themselves', () => {
  expect(stageAfter([])).toBe('running')
  expect(
    stageAfter([{ type: 'gate-waiting', fault: 'fault-1', obstacles: [{ kind: 'ha-not-armed' }] }]),
  ).toBe('waiting')
  expect(stageAfter([{ type: 'schedule-paused' }])).toBe('paused')
  expect(stageAfter([{ type: 'schedule-paused' }, { type: 'schedule-continued' }])).toBe('running')
  expect(stageAfter([{ type: 'cancel-requested' }])).toBe('stopping')
})

test('a file nobody drives is interrupted unless its journal says that it ended', () => {
  expect(stageAfter([], false)).toBe('interrupted')
  expect(stageAfter([{ type: 'run-ended', outcome: 'completed' }], false)).toBe('ended')
  expect(stageAfter([{ type: 'run-ended', outcome: 'cancelled' }], false)).toBe('ended')
  expect(stageAfter([{ type: 'run-ended', outcome: 'failed' }], false)).toBe('failed')
})

test('a run that cannot be heard at all did not fail; one that broke while it was heard did', () => {
  expect(
    liveStageOf({
      run: emptyLiveRun,
      hasFrame: false,
      hasStreamEnded: true,
      problem: problem('run.unknown', { run: 'x' }),
    }),
  ).toBe('unavailable')
  expect(
    liveStageOf({
      run: foldFrame(emptyLiveRun, frameOf({ entries: openedJournal })),
      hasFrame: true,
      hasStreamEnded: true,
      problem: problem('run.failed', { run: 'x' }),
    }),
  ).toBe('failed')
})
