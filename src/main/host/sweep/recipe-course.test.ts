import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLogger } from '../../base/logger.ts'
import { SystemClock } from '../../base/system-clock.ts'
import { openStore } from '../open-store.ts'
import { loadRecipes, recipeById } from '../recipes.ts'
import { recipeFolder } from '../resource-folders.ts'
import { driveRun } from '../run-drive.ts'
import { reviewRun } from '../run-review.ts'
import { runSpecOf } from '../run-spec.ts'
import { sessionFacts } from '../session-facts.ts'
import { downtimeRows } from './downtime-distribution.ts'
import { recipeCourse } from './recipe-course.ts'
import type { SweepDowntime, SweepSubject } from './sweep-report.ts'

it('measures in memory, with every invariant watched, what the same run measures into a file', async () => {
  const recipes = loadRecipes(recipeFolder())
  const choices = { trial: 'third', group: 'treatment', plan: 'rehearsal', seed: 3 } as const
  const spec = runSpecOf(recipeById(recipes, 'P0'), choices)
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-course-'))
  try {
    const store = await openStore()
    const path = join(folder, 'run.kuorum')
    const writer = await store.create(path, sessionFacts('started', '2026-01-01T00:00:00Z', 'test'))
    const realClock = new SystemClock()
    await driveRun({ spec, writer, history: [], speed: 'max', realClock, log: silentLogger }).finished
    const reader = store.read(path)
    const [fault] = reviewRun(reader, recipes).results.faults
    reader.close()
    const expected = fault?.guests
      .filter(({ hit }) => hit)
      .map(({ guest, downtimeLowSeconds, downtimeHighSeconds }) => [
        guest,
        downtimeLowSeconds,
        downtimeHighSeconds,
      ])

    const course = await recipeCourse(spec)
    expect(course.violations).toEqual([])
    expect(expected?.length).toBeGreaterThan(0)
    expect(
      course.downtimes.map(({ guest, lowSeconds, highSeconds }) => [guest, lowSeconds, highSeconds]),
    ).toEqual(expected)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}, 30_000)

function downtime(lowSeconds: number, wasCrmMaster: boolean): SweepDowntime {
  return {
    seed: 1,
    plan: 'schedule-12h',
    fault: 'fault-1',
    faultKind: 'node-power-off',
    guest: 'ct:101',
    guestKind: 'ct',
    wasCrmMaster,
    lowSeconds,
    highSeconds: lowSeconds + 2,
    phases: { membership: 7, fence: lowSeconds - 10, 'service-answers': lowSeconds + 1 },
  }
}

it('tells how downtimes spread, with and without a lost master, beside what the paper means per fault', () => {
  const subject: SweepSubject = {
    kind: 'recipe',
    recipe: 'P0',
    trial: 'third',
    group: 'treatment',
    plans: ['schedule-12h'],
  }
  const recipe = recipeById(loadRecipes(recipeFolder()), 'P0')
  const downtimes = [...[100, 110, 120, 130].map((low) => downtime(low, false)), downtime(200, true)]
  const [together, others, masters] = downtimeRows(downtimes, subject, recipe)
  expect(together).toMatchObject({ n: 5, min: 101, lowerQuartile: 111, median: 121, max: 201 })
  // 94.513 % of twelve hours with eight faults.
  expect(together?.publishedSeconds?.min).toBeCloseTo(296.3, 1)
  expect(others).toMatchObject({ n: 4, wasCrmMaster: false, max: 131 })
  expect(others).not.toHaveProperty('publishedSeconds')
  expect(masters).toMatchObject({ n: 1, wasCrmMaster: true, median: 201 })
  expect(others?.steps.map(({ phase, median }) => [phase, median])).toEqual([
    ['membership', 7],
    ['fence', 98],
    ['service-answers', 11],
  ])
  expect(downtimeRows(downtimes, { ...subject, group: 'control' }, recipe)[0]).not.toHaveProperty(
    'publishedSeconds',
  )
})
