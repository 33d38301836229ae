import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import type { Speed } from '../../../../shared/host-api/table.ts'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { silentLogger } from '../../../base/logger.ts'
import { SystemClock } from '../../../base/system-clock.ts'
import type { RunStore, RunWriter } from '../../../contracts/run-store.ts'
import { appVersion } from '../../../host/app-version.ts'
import { openStore } from '../../../host/open-store.ts'
import { loadRecipes, recipeById } from '../../../host/recipes.ts'
import { recipeFolder } from '../../../host/resource-folders.ts'
import { reviewRun } from '../../../host/run-review.ts'
import { sessionFacts } from '../../../host/session-facts.ts'
import type { CliContext, Command } from '../command.ts'
import { type PlannedRun, plannedRuns, type RunChoiceWords } from '../planned-runs.ts'
import { printMeasured, printResults } from '../result-tables.ts'
import { followOnTerminal } from '../run-progress.ts'

interface RunArguments extends RunChoiceWords {
  readonly recipe?: string
  readonly speed: Speed
  readonly resume?: string
}

export const runCommand: Command<RunArguments> = async (args, context) => {
  const store = await openStore()
  const recipes = loadRecipes(recipeFolder())
  if (args.resume !== undefined) return resumeRun(args.resume, args.speed, store, recipes, context)
  if (args.recipe === undefined) return throwProblem('cli.usage', { text: 'run: RECIPE' })
  const planned = plannedRuns(args, recipeById(recipes, args.recipe), context.workingFolder)
  // All or nothing: the third of six runs is a bad moment to learn that a file is in the way.
  for (const { path } of planned) if (existsSync(path)) throwProblem('input.file-exists', { path })
  const documents: RunDocument[] = []
  for (const run of planned) {
    makeFolderFor(run.path)
    const writer = store.create(run.path, sessionFacts('started', new SystemClock().wallTime(), appVersion))
    const document = await executeRun({ ...run, writer, speed: args.speed }, store, recipes, context)
    documents.push(document)
    if (document.outcome !== 'completed') break
  }
  return finish(documents, context)
}

function makeFolderFor(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throwProblem('run-file.write-failed', { path }, (error as NodeJS.ErrnoException).code)
  }
}

async function resumeRun(
  file: string,
  speed: Speed,
  store: RunStore,
  recipes: readonly Recipe[],
  context: CliContext,
) {
  const path = resolve(context.workingFolder, file)
  const reader = store.read(path)
  const history = [...reader.entries()]
  reader.close()
  const first = history[0]?.event
  if (first?.type !== 'run-started') return throwProblem('run-file.damaged', { path })
  const writer = store.reopen(path, sessionFacts('resumed', new SystemClock().wallTime(), appVersion))
  const document = await executeRun(
    { spec: first.spec, path, writer, speed, history },
    store,
    recipes,
    context,
  )
  return finish([document], context)
}

interface RunDocument {
  readonly recipe: string
  readonly seed: number
  readonly path: string
  readonly outcome: string
  readonly simulatedSeconds: number
  readonly wallSeconds: number
  readonly journalSha256: string
  readonly results: readonly object[]
}

interface Execution extends PlannedRun {
  /** Being opened: meanwhile what drives the run is loaded. */
  readonly writer: Promise<RunWriter>
  readonly speed: Speed
  readonly history?: readonly JournalEntry[]
}

async function executeRun(
  { spec, path, writer, speed, history = [] }: Execution,
  store: RunStore,
  recipes: readonly Recipe[],
  { output, signal }: CliContext,
): Promise<RunDocument> {
  const [opened, { driveRun }] = await Promise.all([writer, import('../../../host/run-drive.ts')])
  const realClock = new SystemClock()
  const progress = followOnTerminal(output, spec, realClock)
  const drive = driveRun({
    spec,
    writer: opened,
    history,
    speed,
    realClock,
    log: silentLogger,
    onEntry: progress.onEntry,
  })
  const cancel = () => drive.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const stopWatching = progress.watch(drive)
  const end = await drive.finished.finally(() => {
    stopWatching()
    signal.removeEventListener('abort', cancel)
  })
  const reader = store.read(path)
  try {
    const review = reviewRun(reader, recipes)
    // What was measured: less than planned where the run was stopped.
    const simulatedSeconds = review.results.windowSeconds
    const wallSeconds = end?.wallSeconds ?? 0
    printResults(output, review)
    if (end?.outcome === 'cancelled') output.line(output.t('cli:run.cancelled', { path }))
    printMeasured(output, { simulatedSeconds, wallSeconds, path })
    return {
      recipe: spec.recipe,
      seed: spec.seed,
      path,
      outcome: end?.outcome ?? 'failed',
      simulatedSeconds,
      wallSeconds,
      journalSha256: end?.journalSha256 ?? '',
      results: review.results.guests,
    }
  } finally {
    reader.close()
  }
}

/** One run prints its document; several print the sums and all results, each run beside it. */
function finish(documents: readonly RunDocument[], { output }: CliContext) {
  const [first] = documents
  if (first !== undefined && output.json)
    output.document(documents.length === 1 ? first : sumOf(first, documents))
  const outcomes = documents.map((run) => run.outcome)
  if (outcomes.includes('failed')) return exitCodes.backendFailed
  return outcomes.includes('cancelled') ? exitCodes.cancelled : exitCodes.ok
}

function sumOf(first: RunDocument, documents: readonly RunDocument[]) {
  return {
    recipe: first.recipe,
    seed: first.seed,
    simulatedSeconds: first.simulatedSeconds,
    wallSeconds: documents.reduce((sum, run) => sum + run.wallSeconds, 0),
    journalSha256: documents.map((run) => run.journalSha256),
    results: documents.flatMap((run) => run.results),
    runs: documents.map(({ results: _results, ...run }) => run),
  }
}
