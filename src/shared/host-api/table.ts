/** The one table between window (or command line) and host. IPC, WebSocket and in-process carriers all serve it. */
import { z } from 'zod'
import type { FeasibilityRow } from '../domain/feasibility.ts'
import type { JournalEntry, RunOutcome } from '../domain/journal.ts'
import { type Plan, planSchema } from '../domain/plan.ts'
import { groupSchema, type Recipe, trialSchema } from '../domain/recipe.ts'
import type { RunResults } from '../domain/results.ts'
import type { RunSpec } from '../domain/run.ts'
import type { Series } from '../domain/sample.ts'
import type { SeriesBuckets, StripSegment } from '../domain/series-buckets.ts'
import { settingsSchema } from '../domain/settings.ts'
import type { Problem } from '../problems/problem.ts'
import { call, plain, stream } from './definition.ts'

export const speedSchema = z.enum(['1', '60', '720', 'max'])
export type Speed = z.output<typeof speedSchema>

const runIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/)
const nothing = z.null()

export interface AppInfo {
  readonly version: string
  readonly entry: 'electron' | 'web' | 'cli'
  readonly platform: string
  readonly runtime: string
  readonly runFolder: string
  /** Where secrets live on this entry: the system's key store, or a file only the owner can read. */
  readonly secrets: 'system' | 'owner-only-file'
}

export interface RunSummary {
  readonly run: string
  readonly recipe: string
  readonly trial: string
  readonly group: string
  readonly plan: string
  readonly seed: number
  readonly guests: readonly string[]
  readonly startedAt: string
  readonly windowSeconds: number
  readonly status: 'running' | 'paused' | 'interrupted' | 'ended'
  readonly outcome?: RunOutcome
  readonly faultsInjected: number
  readonly faultsPlanned: number
  /** Set when the file cannot be read; the other fields are then empty. */
  readonly problem?: Problem
}

/** What a follower of a run receives: first everything so far, then changes, at most ten frames a second. */
export interface RunFrame {
  readonly entries: readonly JournalEntry[]
  readonly series: readonly Series[]
  /** Changed chart buckets since the last frame, one item per series that changed. */
  readonly buckets: readonly SeriesBuckets[]
  readonly nowMs: number
  readonly speed: Speed
  /** True while a process of ours drives the run; false when the file is only being read. */
  readonly live: boolean
}

export interface RunOverview {
  readonly spec: RunSpec
  readonly windowOpenedAtMs: number
  readonly windowClosedAtMs: number
  readonly series: readonly Series[]
  readonly buckets: readonly SeriesBuckets[]
  /** By series index. */
  readonly strips: readonly { readonly series: number; readonly segments: readonly StripSegment[] }[]
}

export interface ExportedFile {
  readonly fileName: string
  readonly mediaType: string
  readonly text: string
}

export const hostApi = {
  'app.info': call(nothing, plain<AppInfo>()),
  'settings.get': call(nothing, settingsSchema),
  'settings.change': call(settingsSchema.partial(), settingsSchema),
  'recipes.list': call(nothing, plain<readonly Recipe[]>()),
  'recipes.feasibility': call(
    z.strictObject({ recipe: z.string().max(10) }),
    plain<readonly FeasibilityRow[]>(),
  ),
  /** Checks a plan of the user's own; a Problem names the first field that is wrong. */
  'plans.check': call(z.strictObject({ plan: z.json() }), plain<Plan>()),
  'runs.start': call(
    z.strictObject({
      recipe: z.string().max(10),
      trial: trialSchema.shape.id,
      group: groupSchema,
      /** Id of one of the recipe's plans, or a plan of the user's own. */
      plan: z.union([z.string().max(40), planSchema]),
      /** `together`, or one guest alone as the paper may have done. */
      guests: z.union([z.literal('together'), z.strictObject({ only: z.string().max(20) })]),
      seed: z.int().min(0).max(4_294_967_295),
      speed: speedSchema,
    }),
    z.strictObject({ run: runIdSchema }),
  ),
  'runs.resume': call(z.strictObject({ run: runIdSchema, speed: speedSchema }), nothing),
  'runs.list': call(nothing, plain<readonly RunSummary[]>()),
  'runs.control': call(
    z.strictObject({ run: runIdSchema, action: z.enum(['pause', 'proceed', 'skip-fault', 'cancel']) }),
    nothing,
  ),
  'runs.set-speed': call(z.strictObject({ run: runIdSchema, speed: speedSchema }), nothing),
  /** Follows a run from after the given journal number; ends when the run ends. */
  'runs.follow': stream(z.strictObject({ run: runIdSchema, afterSeq: z.int().min(0) }), plain<RunFrame>()),
  'runs.results': call(z.strictObject({ run: runIdSchema }), plain<RunResults>()),
  'runs.overview': call(
    z.strictObject({
      run: runIdSchema,
      buckets: z.int().min(10).max(2000),
      fromMs: z.number().finite().optional(),
      toMs: z.number().finite().optional(),
    }),
    plain<RunOverview>(),
  ),
  'runs.journal': call(z.strictObject({ run: runIdSchema }), plain<readonly JournalEntry[]>()),
  'runs.export': call(
    z.strictObject({
      run: runIdSchema,
      what: z.enum(['samples-csv', 'outages-csv', 'faults-csv', 'events-csv', 'json']),
    }),
    plain<ExportedFile>(),
  ),
} as const

export type HostApi = typeof hostApi
export type CallName = { [K in keyof HostApi]: HostApi[K]['kind'] extends 'call' ? K : never }[keyof HostApi]
export type StreamName = {
  [K in keyof HostApi]: HostApi[K]['kind'] extends 'stream' ? K : never
}[keyof HostApi]
export type CallInput<K extends CallName> = z.input<HostApi[K]['input']>
export type CallOutput<K extends CallName> = HostApi[K] extends { output: z.ZodType<infer T> } ? T : never
export type StreamInput<K extends StreamName> = z.input<HostApi[K]['input']>
export type StreamItem<K extends StreamName> = HostApi[K] extends { item: z.ZodType<infer T> } ? T : never
