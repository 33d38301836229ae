/** How fast the embedded lab and the run file carry P0's twelve hours together, alone and as a command. */
import { spawnSync } from 'node:child_process'
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

const commandOfRun = [
  'tools/run-source.cjs',
  'src/main/entries/cli/main.ts',
  'run',
  'P0',
  '--seed',
  '1',
  '--json',
]

/** The command with all it does: start, run, review, document. npm's own start is not in it. */
export function benchCommand(): readonly BenchRow[] {
  const clock = new SystemClock()
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-bench-'))
  const measured = Array.from({ length: rounds }, (_, round) => {
    const startedMs = clock.nowMs()
    const { status, stdout } = spawnSync(
      process.execPath,
      [...commandOfRun, '--out', join(folder, `${round}.kuorum`)],
      { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(`the command ended with ${status}`)
    const { wallSeconds } = JSON.parse(stdout) as { wallSeconds: number }
    return { wallSeconds, processSeconds: (clock.nowMs() - startedMs) / 1000 }
  })
  rmSync(folder, { recursive: true, force: true })
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[rounds >> 1] ?? Number.NaN
  return [
    {
      name: 'kuorum run P0: wallSeconds, median of three',
      value: median(measured.map(({ wallSeconds }) => wallSeconds)),
      unit: 's',
      bound: '<= 2',
    },
    {
      name: 'kuorum run P0: the process in all, median of three',
      value: median(measured.map(({ processSeconds }) => processSeconds)),
      unit: 's',
      bound: '<= 4',
    },
  ]
}

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
