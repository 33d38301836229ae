import { mkdirSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import { labSchema } from '../../../../shared/domain/lab.ts'
import { planSchema, planWindowSeconds } from '../../../../shared/domain/plan.ts'
import type { Group, Recipe, TrialId } from '../../../../shared/domain/recipe.ts'
import type { RunSpec } from '../../../../shared/domain/run.ts'
import type { Speed } from '../../../../shared/host-api/table.ts'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { silentLogger } from '../../../base/logger.ts'
import { SystemClock } from '../../../base/system-clock.ts'
import type { RunStore, RunWriter } from '../../../contracts/run-store.ts'
import { appVersion } from '../../../host/app-version.ts'
import { openStore } from '../../../host/open-store.ts'
import { parseInput, readJsonFile } from '../../../host/parse-input.ts'
import { loadRecipes, recipeById } from '../../../host/recipes.ts'
import { recipeFolder } from '../../../host/resource-folders.ts'
import { driveRun } from '../../../host/run-drive.ts'
import { newRunId, runFileEnding } from '../../../host/run-folder.ts'
import { reviewRun } from '../../../host/run-review.ts'
import { guestsOfTrial, runSpecOf } from '../../../host/run-spec.ts'
import { sessionFacts } from '../../../host/session-facts.ts'
import type { CliContext, Command } from '../command.ts'
import { printResults } from '../result-tables.ts'
import { followOnTerminal } from '../run-progress.ts'

export interface RunArguments {
  readonly recipe?: string
  readonly trial?: TrialId | 'all'
  readonly group: Group | 'both'
  readonly guests: 'together' | 'separate'
  readonly seed: string
  readonly plan?: string
  readonly lab?: string
  readonly speed: Speed
  readonly out?: string
  readonly resume?: string
}

interface PlannedRun {
  readonly spec: RunSpec
  readonly path: string
}

export const runCommand: Command<RunArguments> = async (args, context) => {
  const store = await openStore()
  const recipes = loadRecipes(recipeFolder())
  if (args.resume !== undefined) return resumeRun(args.resume, args.speed, store, recipes, context)
  if (args.recipe === undefined) return throwProblem('cli.usage', { text: 'run: RECIPE' })
  const planned = plannedRuns(args, recipeById(recipes, args.recipe), context.workingFolder)
  const documents: RunDocument[] = []
  for (const run of planned) {
    mkdirSync(dirname(run.path), { recursive: true })
    const writer = await store.create(
      run.path,
      sessionFacts('started', new SystemClock().wallTime(), appVersion),
    )
    const document = await executeRun({ ...run, writer, speed: args.speed }, store, recipes, context)
    documents.push(document)
    if (document.outcome !== 'completed') break
  }
  return finish(documents, context)
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
  const writer = await store.reopen(path, sessionFacts('resumed', new SystemClock().wallTime(), appVersion))
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
  readonly writer: RunWriter
  readonly speed: Speed
  readonly history?: readonly JournalEntry[]
}

async function executeRun(
  { spec, path, writer, speed, history = [] }: Execution,
  store: RunStore,
  recipes: readonly Recipe[],
  { output, signal }: CliContext,
): Promise<RunDocument> {
  const realClock = new SystemClock()
  const progress = followOnTerminal(output, spec, realClock)
  const drive = driveRun({
    spec,
    writer,
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
    printResults(output, review)
    output.line()
    const simulatedSeconds = planWindowSeconds(spec.plan)
    const wallSeconds = end?.wallSeconds ?? 0
    output.line(
      output.t('cli:run.measured', {
        simulated: output.format.duration(simulatedSeconds),
        wall: output.format.preciseDuration(wallSeconds),
        path,
      }),
    )
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
  if (first !== undefined && documents.length === 1) output.json && output.document(first)
  else if (first !== undefined && output.json)
    output.document({
      recipe: first.recipe,
      seed: first.seed,
      simulatedSeconds: first.simulatedSeconds,
      wallSeconds: documents.reduce((sum, run) => sum + run.wallSeconds, 0),
      journalSha256: documents.map((run) => run.journalSha256),
      results: documents.flatMap((run) => run.results),
      runs: documents.map(({ results: _results, ...run }) => run),
    })
  const outcomes = documents.map((run) => run.outcome)
  if (outcomes.includes('failed')) return exitCodes.backendFailed
  return outcomes.includes('cancelled') ? exitCodes.cancelled : exitCodes.ok
}

function plannedRuns(args: RunArguments, recipe: Recipe, workingFolder: string): readonly PlannedRun[] {
  const seed = Number(args.seed)
  if (!/^\d{1,10}$/.test(args.seed) || seed > 4_294_967_295)
    throwProblem('input.invalid-field', { source: 'run', field: '--seed' }, args.seed)
  const trials: readonly TrialId[] =
    args.trial === 'all' ? recipe.trials.map((trial) => trial.id) : [args.trial ?? recipe.defaultTrial]
  const groups: readonly Group[] = args.group === 'both' ? ['treatment', 'control'] : [args.group]
  const lab =
    args.lab === undefined
      ? undefined
      : parseInput(labSchema, readJsonFile(resolve(workingFolder, args.lab)), args.lab)
  const plan = planChoice(args.plan, recipe, workingFolder)
  const specs = trials.flatMap((trial) =>
    groups.flatMap((group) => {
      const guests =
        args.guests === 'separate' ? guestsOfTrial(recipe, trial).map((guest) => guest.id) : [undefined]
      return guests.map((onlyGuest) =>
        runSpecOf(recipe, {
          trial,
          group,
          seed,
          ...(plan === undefined ? {} : { plan }),
          ...(onlyGuest === undefined ? {} : { onlyGuest }),
          ...(lab === undefined ? {} : { lab }),
        }),
      )
    }),
  )
  return specs.map((spec) => ({ spec, path: pathOf(spec, args.out, specs.length > 1, workingFolder) }))
}

/** The word after --plan is a plan of the recipe where it names one, else a file. */
function planChoice(word: string | undefined, recipe: Recipe, workingFolder: string) {
  if (word === undefined || recipe.plans.some((plan) => plan.id === word)) return word
  return parseInput(planSchema, readJsonFile(resolve(workingFolder, word)), word)
}

function pathOf(spec: RunSpec, out: string | undefined, several: boolean, workingFolder: string): string {
  if (out === undefined)
    return join(workingFolder, `${newRunId(spec, new SystemClock().wallTime())}${runFileEnding}`)
  const path = resolve(workingFolder, extname(out) === '' ? `${out}${runFileEnding}` : out)
  if (!several) return path
  const guest = spec.lab.guests.length === 1 ? `-${spec.lab.guests[0]?.name}` : ''
  const ending = extname(path)
  return `${path.slice(0, -ending.length)}-${spec.trial}-${spec.group}${guest}${ending}`
}
