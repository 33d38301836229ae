/** How fast the embedded lab and the run file carry P0's twelve hours together. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../src/main/base/logger.ts'
import { SystemClock } from '../src/main/base/system-clock.ts'
import { openStore } from '../src/main/host/open-store.ts'
import { loadRecipes, recipeById } from '../src/main/host/recipes.ts'
import { recipeFolder } from '../src/main/host/resource-folders.ts'
import { driveRun } from '../src/main/host/run-drive.ts'
import { runSpecOf } from '../src/main/host/run-spec.ts'
import { sessionFacts } from '../src/main/host/session-facts.ts'
import type { BenchRow } from './bench-row.ts'

/** The first run warms the compiled code up, as a second run in the same window would find it. */
const rounds = 3

export async function benchSimulator(): Promise<readonly BenchRow[]> {
  const recipe = recipeById(loadRecipes(recipeFolder()), 'P0')
  const spec = runSpecOf(recipe, { group: 'treatment', seed: 1 })
  const store = await openStore()
  const clock = new SystemClock()
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-bench-'))
  const wallSeconds: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const writer = await store.create(
        join(folder, `${round}.kuorum`),
        sessionFacts('started', clock.wallTime(), 'bench'),
      )
      const end = await driveRun({
        spec,
        writer,
        history: [],
        speed: 'max',
        realClock: clock,
        log: silentLogger,
      }).finished
      if (end?.outcome !== 'completed') throw new Error(`the run ended as ${end?.outcome}`)
      wallSeconds.push(end.wallSeconds)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const [first = Number.NaN] = wallSeconds
  return [
    { name: 'P0, 12 h, 4 guests, 1 Hz: first run of a process', value: first, unit: 's', bound: '<= 2' },
    {
      name: 'P0, 12 h, 4 guests, 1 Hz: later runs',
      value: Math.min(...wallSeconds),
      unit: 's',
      bound: '<= 2',
    },
  ]
}
