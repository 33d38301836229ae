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
import { type RunChoices, runSpecOf } from '../src/main/host/run-spec.ts'
import { sessionFacts } from '../src/main/host/session-facts.ts'
import type { Lab } from '../src/shared/domain/lab.ts'
import type { Plan } from '../src/shared/domain/plan.ts'
import type { RunSpec } from '../src/shared/domain/run.ts'
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
  const [first = Number.NaN, ...later] = await wallSecondsOf(
    runSpecOf(recipe, { group: 'treatment', seed: 1 }),
    rounds,
  )
  return [
    { name: 'P0, 12 h, 4 guests, 1 Hz: first run of a process', value: first, unit: 's', bound: '<= 2' },
    {
      name: 'P0, 12 h, 4 guests, 1 Hz: later runs',
      value: Math.min(...later),
      unit: 's',
      bound: '<= 2',
    },
  ]
}

/** P0's schedule on a lab with more guests, and an hour of it on the largest lab there can be. */
export async function benchLargeLabs(): Promise<readonly BenchRow[]> {
  const recipe = recipeById(loadRecipes(recipeFolder()), 'P0')
  const [published] = recipe.plans
  if (published === undefined) throw new Error('P0 has no plan')
  const { title: _title, summary: _summary, ...schedule } = published
  const hour: Plan = {
    ...schedule,
    id: 'one-hour',
    phases: [{ id: 'main', durationSeconds: 3600 }],
    faults: schedule.faults.slice(0, 2).map((fault, index) => ({
      ...fault,
      atSeconds: 600 + index * 1500,
      target: { rule: 'fixed', node: `pve${index + 1}` },
    })),
  }
  const small = { ...common, lab: labOf(3, 8) }
  const large = { ...common, plan: hour, lab: labOf(16, 100) }
  const best = async (choices: RunChoices) =>
    Math.min(...(await wallSecondsOf(runSpecOf(recipe, choices), 2)))
  return [
    { name: '12 h, 3 nodes, 8 guests, 1 Hz', value: await best(small), unit: 's', bound: '<= 3' },
    { name: '1 h, 16 nodes, 100 guests, 1 Hz', value: await best(large), unit: 's', bound: '<= 6' },
  ]
}

const common = { group: 'treatment', seed: 1 } as const

function labOf(nodeCount: number, guestCount: number): Lab {
  const names = Array.from({ length: nodeCount }, (_, index) => `pve${index + 1}`)
  return {
    name: `bench-${nodeCount}`,
    laptop: { ramMiB: 1_048_576, threads: 512 },
    nodes: names.map((name) => ({ name, ramMiB: 32_768, cpus: 8, systemDiskGB: 50, cephDiskGB: 100 })),
    guests: Array.from({ length: guestCount }, (_, index) => ({
      id: `${index % 2 === 0 ? 'ct' : 'vm'}:${101 + index}`,
      name: `guest-${101 + index}`,
      ramMiB: 1024,
      cpus: 1,
      diskGB: 4,
      node: names[index % nodeCount] ?? 'pve1',
    })),
    ceph: { size: 3, minSize: 2 },
  }
}

/** Of each of some runs in this process, into a run file as always. */
async function wallSecondsOf(spec: RunSpec, runs: number): Promise<readonly number[]> {
  const store = await openStore()
  const clock = new SystemClock()
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-bench-'))
  const wallSeconds: number[] = []
  try {
    for (let round = 0; round < runs; round++) {
      const path = join(folder, `${round}.kuorum`)
      const writer = await store.create(path, sessionFacts('started', clock.wallTime(), 'bench'))
      const options = {
        spec,
        writer,
        history: [],
        speed: 'max',
        realClock: clock,
        log: silentLogger,
      } as const
      const end = await driveRun(options).finished
      if (end?.outcome !== 'completed') throw new Error(`the run ended as ${end?.outcome}`)
      wallSeconds.push(end.wallSeconds)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return wallSeconds
}
