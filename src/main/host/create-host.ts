/** The composition root: builds what the host API needs and answers its calls. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { planSchema } from '../../shared/domain/plan.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { AppInfo } from '../../shared/host-api/table.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import { presentFields } from '../base/present-fields.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import type { RunStore } from '../contracts/run-store.ts'
import type { SecretStore, SettingsStore } from '../contracts/settings-store.ts'
import { appVersion } from './app-version.ts'
import { feasibilityOf } from './feasibility.ts'
import type { Handlers, Host, ShellAbilities } from './handlers.ts'
import { LiveRuns } from './live-runs.ts'
import { parseInput } from './parse-input.ts'
import { loadRecipes, recipeById } from './recipes.ts'
import { exportRun } from './run-export.ts'
import { newRunId, openRun, runLister, runPathOf } from './run-folder.ts'
import { journalOf, overviewOf, reviewRun, wholeFrameOf } from './run-review.ts'
import { runSpecOf } from './run-spec.ts'
import { sessionFacts } from './session-facts.ts'

export interface HostOptions {
  readonly entry: AppInfo['entry']
  /** Folder of the product's own data; run files go to `runs` below it unless the settings name another. */
  readonly dataFolder: string
  readonly recipeFolder: string
  readonly store: RunStore
  readonly settings: SettingsStore
  readonly secrets: SecretStore
  /** Real time: pace of frames, labels of sessions. */
  readonly clock: Clock
  readonly log: Logger
  readonly shell?: ShellAbilities
}

export function createHost(options: HostOptions): Host {
  const { store, settings, clock, log } = options
  const recipes = loadRecipes(options.recipeFolder)
  const live = new LiveRuns(clock, log)
  const runFolder = () => settings.read().runFolder || join(options.dataFolder, 'runs')
  const lister = runLister(store, runFolder)
  const facts = (kind: 'started' | 'resumed') => sessionFacts(kind, clock.wallTime(), appVersion)
  const read = (run: string) => openRun(store, runFolder(), run)

  /** Of a run that still goes on, what was measured up to now is in the file before it is read. */
  const reading = async <T>(run: string, use: (reader: ReturnType<typeof read>) => T): Promise<T> => {
    if (live.has(run)) await live.running(run).drive.flush()
    return closing(read(run), use)
  }

  const onlyOneAtATime = () => {
    if (live.anyRunning) throwProblem('run.already-running')
  }
  const startNew = async (spec: RunSpec, speed: Parameters<LiveRuns['start']>[0]['speed']) => {
    onlyOneAtATime()
    const run = newRunId(spec, clock.wallTime())
    mkdirSync(runFolder(), { recursive: true })
    const writer = await store.create(runPathOf(runFolder(), run), facts('started'))
    beginAwake(live, options.shell, { run, spec, writer, history: [], speed })
    return { run }
  }

  const handlers: Handlers = {
    'app.info': () => ({
      version: appVersion,
      entry: options.entry,
      platform: process.platform,
      runtime: `Node ${process.versions.node}`,
      runFolder: runFolder(),
      secrets: options.secrets.kind,
    }),
    'settings.get': () => settings.read(),
    'settings.change': (change) => settings.change(presentFields(change)),
    'recipes.list': () => recipes,
    'recipes.feasibility': ({ recipe }) => feasibilityOf(recipeById(recipes, recipe)),
    'plans.check': ({ plan }) => parseInput(planSchema, plan, 'plan'),
    'runs.start': ({ recipe, guests, speed, ...choices }) =>
      startNew(
        runSpecOf(recipeById(recipes, recipe), {
          ...choices,
          ...(guests === 'together' ? {} : { onlyGuest: guests.only }),
        }),
        speed,
      ),
    'runs.resume': async ({ run, speed }) => {
      onlyOneAtATime()
      const reader = read(run)
      const { spec, entries } = journalOf(reader)
      reader.close()
      const writer = await store.reopen(runPathOf(runFolder(), run), facts('resumed'))
      beginAwake(live, options.shell, { run, spec, writer, history: entries, speed })
      return null
    },
    'runs.list': () => lister.list((run) => live.has(run)),
    'runs.control': ({ run, action }) => {
      const { drive } = live.running(run)
      if (action === 'pause') drive.pause()
      else if (action === 'proceed') drive.proceed()
      else if (action === 'skip-fault') drive.skipFault()
      else drive.cancel()
      return null
    },
    'runs.set-speed': ({ run, speed }) => {
      live.running(run).drive.setSpeed(speed)
      return null
    },
    'runs.follow': async ({ run, afterSeq }, emit, signal) => {
      const running = live.find(run)
      if (running !== undefined) return live.follow(running, afterSeq, emit, signal)
      const reader = read(run)
      try {
        emit(wholeFrameOf(reader, afterSeq))
      } finally {
        reader.close()
      }
    },
    'runs.results': ({ run }) => reading(run, (reader) => reviewRun(reader, recipes).results),
    'runs.overview': ({ run, ...query }) =>
      reading(run, (reader) => overviewOf(reader, presentFields(query))),
    'runs.journal': ({ run }) => reading(run, (reader) => reader.entries()),
    'runs.export': ({ run, what }) => reading(run, (reader) => exportRun(reader, what, recipes)),
  }
  return { handlers, close: () => live.stopAll() }
}

function beginAwake(
  live: LiveRuns,
  shell: ShellAbilities | undefined,
  start: Parameters<LiveRuns['start']>[0],
): void {
  const allowSleep = shell?.keepAwake?.()
  live.start({ ...start, onEnd: () => allowSleep?.() })
}

function closing<R extends { close(): void }, T>(reader: R, use: (reader: R) => T): T {
  try {
    return use(reader)
  } finally {
    reader.close()
  }
}
