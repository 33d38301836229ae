import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Group, TrialId } from '../../../../shared/domain/recipe.ts'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { SystemClock } from '../../../base/system-clock.ts'
import { readJsonFile } from '../../../host/parse-input.ts'
import { runSweep, type SweepProgress } from '../../../host/sweep/run-sweep.ts'
import {
  mergedReport,
  type SeedRange,
  type SweepReport,
  type SweepSubject,
  seedRangeSchema,
} from '../../../host/sweep/sweep-report.ts'
import { distributionOf, recipeSubject } from '../../../host/sweep/sweep-subject.ts'
import type { CliContext, Command } from '../command.ts'
import type { CliOutput } from '../output.ts'
import { printSweep } from '../sweep-tables.ts'

export interface SimSweepArguments {
  readonly campaigns?: true
  readonly recipe?: string
  readonly trial?: TrialId
  readonly group: Group
  readonly plan?: readonly string[]
  readonly seeds?: string
  readonly shard: string
  readonly threads?: string
  readonly merge?: readonly string[]
}

/** More worker threads than this only wait for each other. */
const mostThreads = 256

export const simSweepCommand: Command<SimSweepArguments> = async (args, context) => {
  const { output } = context
  const report = args.merge === undefined ? await sweep(args, context) : merge(args.merge, context)
  const distribution = distributionOf(report)
  if (output.json) output.document(distribution.length === 0 ? report : { ...report, distribution })
  else printSweep(output, report, distribution)
  return report.violations.length > 0 ? exitCodes.checkFailed : exitCodes.ok
}

function merge(files: readonly string[], { workingFolder }: CliContext): SweepReport {
  return mergedReport(files.map((file) => [file, readJsonFile(resolve(workingFolder, file))] as const))
}

function sweep(args: SimSweepArguments, { output, signal }: CliContext): Promise<SweepReport> {
  const subject = subjectOf(args)
  return runSweep({
    subject,
    range: rangeOf(args.seeds, args.shard),
    threads: threadsOf(args.threads),
    clock: new SystemClock(),
    signal,
    onProgress: (progress) => output.progress(progressText(output, progress)),
  })
}

function subjectOf({ campaigns, recipe, trial, group, plan }: SimSweepArguments): SweepSubject {
  if ((campaigns === true) === (recipe !== undefined))
    throwProblem('cli.usage', { text: 'sim sweep: --campaigns | --recipe ID' })
  return recipe === undefined ? { kind: 'campaigns' } : recipeSubject({ recipe, trial, group, plans: plan })
}

/** `A..B` and `i/n`. */
function rangeOf(seeds: string | undefined, shard: string): SeedRange {
  const [, from, to] = /^(\d{1,10})\.\.(\d{1,10})$/.exec(seeds ?? '') ?? []
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(shard) ?? []
  if (index === undefined || of === undefined) return invalid('--shard', shard)
  if (from === undefined || to === undefined) return invalid('--seeds', seeds ?? '')
  const range = { from: Number(from), to: Number(to), shard: { index: Number(index), of: Number(of) } }
  const checked = seedRangeSchema.safeParse(range)
  if (!checked.success)
    return range.shard.index < 1 || range.shard.index > range.shard.of
      ? invalid('--shard', shard)
      : invalid('--seeds', seeds ?? '')
  return checked.data
}

function threadsOf(word: string | undefined): number {
  if (word === undefined) return availableParallelism()
  const threads = Number(word)
  return /^\d{1,3}$/.test(word) && threads >= 1 && threads <= mostThreads
    ? threads
    : invalid('--threads', word)
}

function invalid(field: string, value: string): never {
  return throwProblem('input.invalid-field', { source: 'sim sweep', field }, value)
}

function progressText({ t, format }: CliOutput, progress: SweepProgress): string {
  const { seedsDone, seeds, violations, wallSeconds } = progress
  const eta = format.duration((wallSeconds / seedsDone) * (seeds - seedsDone))
  return t('cli:sweep.progress', { done: seedsDone, seeds, violations, eta })
}
