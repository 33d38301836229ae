/** From the words of a `run` command to the runs they mean. */
import { extname, join, resolve } from 'node:path'
import { labSchema } from '../../../shared/domain/lab.ts'
import { planFileSchema } from '../../../shared/domain/plan.ts'
import type { Group, Recipe, TrialId } from '../../../shared/domain/recipe.ts'
import type { RunSpec } from '../../../shared/domain/run.ts'
import { throwProblem } from '../../../shared/problems/problem.ts'
import { presentFields } from '../../base/present-fields.ts'
import { SystemClock } from '../../base/system-clock.ts'
import { parseInput, readJsonFile } from '../../host/parse-input.ts'
import { newRunId, runFileEnding } from '../../host/run-folder.ts'
import { guestsOfTrial, runSpecOf } from '../../host/run-spec.ts'

export interface RunChoiceWords {
  readonly trial?: TrialId | 'all'
  readonly group: Group | 'both'
  readonly guests: 'together' | 'separate'
  readonly seed: string
  readonly plan?: string
  readonly lab?: string
  readonly out?: string
}

export interface PlannedRun {
  readonly spec: RunSpec
  readonly path: string
}

/** One run for each trial, group and (where separate) guest asked for. Throws `input.*`, `plan.*` Problems. */
export function plannedRuns(
  args: RunChoiceWords,
  recipe: Recipe,
  workingFolder: string,
): readonly PlannedRun[] {
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
          ...presentFields({ plan, onlyGuest, lab }),
        }),
      )
    }),
  )
  return specs.map((spec) => ({ spec, path: pathOf(spec, args.out, specs.length > 1, workingFolder) }))
}

/** The word after --plan is a plan of the recipe where it names one, else a file. */
function planChoice(word: string | undefined, recipe: Recipe, workingFolder: string) {
  if (word === undefined || recipe.plans.some((plan) => plan.id === word)) return word
  return parseInput(planFileSchema, readJsonFile(resolve(workingFolder, word)), word)
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
