import { expect, test } from 'vitest'
import { journalledPhaseSpans, plannedPhaseSpans } from './phase-spans.ts'

test('planned phases follow on each other', () => {
  expect(
    plannedPhaseSpans([
      { id: 'initial', durationSeconds: 7200 },
      { id: 'main', durationSeconds: 28_800 },
    ]),
  ).toEqual([
    { phase: 'initial', fromMs: 0, toMs: 7_200_000 },
    { phase: 'main', fromMs: 7_200_000, toMs: 36_000_000 },
  ])
})

test('a journalled phase that has not ended reaches to now', () => {
  const spans = journalledPhaseSpans(
    [
      { seq: 1, atMs: 1000, event: { type: 'phase-started', phase: 'initial' } },
      { seq: 2, atMs: 5000, event: { type: 'phase-ended', phase: 'initial' } },
      { seq: 3, atMs: 5000, event: { type: 'phase-started', phase: 'main' } },
    ],
    1000,
    7000,
  )
  expect(spans).toEqual([
    { phase: 'initial', fromMs: 0, toMs: 4000 },
    { phase: 'main', fromMs: 4000, toMs: 7000 },
  ])
})
