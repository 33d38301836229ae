/** Run files of one folder: names, summaries, and the paths behind run ids. */
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runStateOf } from '../../shared/domain/journal.ts'
import { planWindowSeconds } from '../../shared/domain/plan.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { RunSummary } from '../../shared/host-api/table.ts'
import { ProblemError, throwProblem } from '../../shared/problems/problem.ts'
import type { RunReader, RunStore } from '../contracts/run-store.ts'

export const runFileEnding = '.kuorum'

export function runIdOf(path: string): string {
  return basename(path, runFileEnding)
}

/** A file name that says what was run and when; `startedAt` is ISO 8601. */
export function newRunId(spec: RunSpec, startedAt: string): string {
  const stamp = startedAt.slice(0, 19).replaceAll(/[-:]/g, '')
  const guests = spec.lab.guests.length === 1 ? `-${spec.lab.guests[0]?.name}` : ''
  return `${spec.recipe}-${spec.trial}-${spec.group}${guests}-${spec.plan.id}-seed${spec.seed}-${stamp}`
}

export function runPathOf(folder: string, run: string): string {
  return join(folder, `${run}${runFileEnding}`)
}

/** Opens a run of the folder. Throws `run.unknown` or a `run-file.*` Problem. */
export function openRun(store: RunStore, folder: string, run: string): RunReader {
  const path = runPathOf(folder, run)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) throwProblem('run.unknown', { run })
  return store.read(path)
}

export interface RunLister {
  /** Newest first. A file that cannot be read is listed with its Problem. */
  list(isLive: (run: string) => boolean): readonly RunSummary[]
}

/** Summaries are kept until a file changes: a folder of forty students' runs is read once. */
export function runLister(store: RunStore, folder: () => string): RunLister {
  const known = new Map<string, { readonly stamp: string; readonly summary: RunSummary }>()
  return {
    list(isLive) {
      const path = folder()
      mkdirSync(path, { recursive: true })
      return readdirSync(path)
        .filter((name) => name.endsWith(runFileEnding))
        .map((name) => {
          const file = join(path, name)
          const run = runIdOf(name)
          const { mtimeMs, size } = statSync(file)
          const stamp = `${mtimeMs} ${size} ${isLive(run)}`
          const seen = known.get(file)
          if (seen?.stamp === stamp && !isLive(run)) return seen.summary
          const summary = summaryOf(store, file, isLive(run))
          known.set(file, { stamp, summary })
          return summary
        })
        .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    },
  }
}

export function summaryOf(store: RunStore, path: string, live: boolean): RunSummary {
  const run = runIdOf(path)
  try {
    const reader = store.read(path)
    try {
      const state = runStateOf(reader.entries())
      const { spec } = state
      if (spec === undefined)
        return unreadable(run, new ProblemError({ code: 'run-file.damaged', params: { path } }))
      const interrupted = !live && state.status !== 'ended'
      return {
        run,
        recipe: spec.recipe,
        trial: spec.trial,
        group: spec.group,
        plan: spec.plan.id,
        seed: spec.seed,
        guests: spec.lab.guests.map((guest) => guest.id),
        startedAt: reader.sessions[0]?.wallTime ?? '',
        windowSeconds: planWindowSeconds(spec.plan),
        status: interrupted ? 'interrupted' : state.status === 'preparing' ? 'running' : state.status,
        ...(state.outcome === undefined ? {} : { outcome: state.outcome }),
        faultsInjected: state.faults.filter((fault) => fault.injectedAtMs !== undefined).length,
        faultsPlanned: state.faults.length,
      }
    } finally {
      reader.close()
    }
  } catch (error) {
    if (error instanceof ProblemError) return unreadable(run, error)
    throw error
  }
}

function unreadable(run: string, error: ProblemError): RunSummary {
  return {
    run,
    recipe: '',
    trial: '',
    group: '',
    plan: '',
    seed: 0,
    guests: [],
    startedAt: '',
    windowSeconds: 0,
    status: 'ended',
    faultsInjected: 0,
    faultsPlanned: 0,
    problem: error.problem,
  }
}
