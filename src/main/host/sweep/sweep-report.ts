/** What a sweep found, as a document that can be put together from the parts of many machines. */
import { z } from 'zod'
import { faultKindSchema } from '../../../shared/domain/plan.ts'
import { groupSchema, trialSchema } from '../../../shared/domain/recipe.ts'
import { throwProblem } from '../../../shared/problems/problem.ts'
import { parseInput } from '../parse-input.ts'

const seedSchema = z.int().min(0).max(4_294_967_295)

/** Seeds `from` to `to`, of which shard `index` of `of` takes every `of`-th, beginning with the `index`-th. */
export const seedRangeSchema = z
  .strictObject({
    from: seedSchema,
    to: seedSchema,
    shard: z.strictObject({ index: z.int().min(1), of: z.int().min(1).max(100_000) }),
  })
  .refine(({ from, to, shard }) => from <= to && shard.index <= shard.of)

const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('campaigns') }),
  z.strictObject({
    kind: z.literal('recipe'),
    recipe: z.string(),
    trial: trialSchema.shape.id,
    group: groupSchema,
    plans: z.array(z.string()).min(1),
  }),
])

const violationSchema = z.strictObject({
  seed: seedSchema,
  invariant: z.string(),
  atMs: z.number(),
  subject: z.string(),
  observed: z.string(),
  /** Repeats it. */
  command: z.string(),
})

/** What a guest on the node that was hit lived through; the truth lies between low and high. */
const downtimeSchema = z.strictObject({
  seed: seedSchema,
  plan: z.string(),
  fault: z.string(),
  faultKind: faultKindSchema,
  guest: z.string(),
  guestKind: z.enum(['vm', 'ct']),
  wasCrmMaster: z.boolean(),
  lowSeconds: z.number().min(0),
  highSeconds: z.number().min(0),
  /** Moments on the way back, in seconds after the injection. */
  phases: z.record(z.string(), z.number()),
})

export const sweepReportSchema = z.strictObject({
  kind: z.literal('kuorum-sweep'),
  version: z.literal(1),
  appVersion: z.string(),
  subject: subjectSchema,
  ranges: z.array(seedRangeSchema).min(1),
  /** Campaigns, or runs of a recipe. */
  courses: z.int().min(0),
  simulatedSeconds: z.number().min(0),
  wallSeconds: z.number().min(0),
  processorSeconds: z.number().min(0),
  violations: z.array(violationSchema),
  downtimes: z.array(downtimeSchema),
  /** Made from the above anew wherever it is printed. */
  distribution: z.unknown().optional(),
})

export type SeedRange = z.output<typeof seedRangeSchema>
export type SweepSubject = z.output<typeof subjectSchema>
export type SweepViolation = z.output<typeof violationSchema>
export type SweepDowntime = z.output<typeof downtimeSchema>
export type SweepReport = z.output<typeof sweepReportSchema>

export function seedsOf({ from, to, shard }: SeedRange): readonly number[] {
  const count = Math.max(0, Math.ceil((to - from + 2 - shard.index) / shard.of))
  return Array.from({ length: count }, (_, place) => from + shard.index - 1 + place * shard.of)
}

/**
 * Puts parts together; each comes with the name of the file it was read from. Throws `input.*` for what is no part,
 * `sweep.other-subject` and `sweep.seed-twice` for parts that do not belong together.
 */
export function mergedReport(parts: readonly (readonly [path: string, part: unknown])[]): SweepReport {
  const reports = parts.map(([path, part]) => ({
    path,
    report: parseInput(sweepReportSchema, part, path),
  }))
  const first = reports[0]
  if (first === undefined) return throwProblem('cli.usage', { text: 'sim sweep --merge FILE...' })
  const seen = new Set<number>()
  for (const { path, report } of reports) {
    const isSame =
      report.appVersion === first.report.appVersion &&
      JSON.stringify(report.subject) === JSON.stringify(first.report.subject)
    if (!isSame) throwProblem('sweep.other-subject', { path, first: first.path })
    for (const seed of report.ranges.flatMap(seedsOf)) {
      if (seen.has(seed)) throwProblem('sweep.seed-twice', { path, seed })
      seen.add(seed)
    }
  }
  const all = reports.map(({ report }) => report)
  const sum = (of: (report: SweepReport) => number) => all.reduce((total, report) => total + of(report), 0)
  const { distribution: _distribution, ...kept } = first.report
  return {
    ...kept,
    ranges: all.flatMap(({ ranges }) => ranges),
    courses: sum(({ courses }) => courses),
    simulatedSeconds: sum(({ simulatedSeconds }) => simulatedSeconds),
    wallSeconds: sum(({ wallSeconds }) => wallSeconds),
    processorSeconds: sum((report) => report.processorSeconds),
    violations: inOrder(all.flatMap(({ violations }) => violations)),
    downtimes: all.flatMap(({ downtimes }) => downtimes).sort((a, b) => a.seed - b.seed),
  }
}

export function inOrder(violations: readonly SweepViolation[]): SweepViolation[] {
  return violations.toSorted((a, b) => a.seed - b.seed || a.atMs - b.atMs)
}
