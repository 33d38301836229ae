/**
 * Checks journal events, series and sessions that come from a file. Members this version does not know are kept:
 * a later version may add some, and the hash chain covers them anyway.
 */
import { z } from 'zod'
import type { ProblemCode } from '../problems/codes.ts'
import type { FaultTarget, GateObstacle, RunEvent } from './journal.ts'
import { faultKindSchema, phaseSchema, plannedProbeSchema } from './plan.ts'
import { runSpecSchema } from './run.ts'
import type { Series } from './sample.ts'

const text = z.string().max(100_000)
const number = z.number()

export const seriesSchema: z.ZodType<Series> = z.looseObject({
  index: z.int().min(0),
  kind: plannedProbeSchema.shape.kind,
  subject: text,
  address: text,
  intervalMs: number.positive(),
  deadlineMs: number.positive(),
  originMs: number,
})

const targetSchema: z.ZodType<FaultTarget> = z.looseObject({
  node: text,
  rule: text,
  guests: z.array(text),
  wasCrmMaster: z.boolean(),
})

const obstaclesSchema: z.ZodType<readonly GateObstacle[]> = z.array(
  z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('no-quorum'), present: number, expected: number }),
    z.looseObject({ kind: z.literal('ha-not-armed') }),
    z.looseObject({ kind: z.literal('node-offline'), node: text }),
    z.looseObject({ kind: z.literal('guest-not-running'), guest: text }),
    z.looseObject({ kind: z.literal('pgs-not-clean'), activeClean: number, placementGroups: number }),
    z.looseObject({ kind: z.literal('probe-not-ok'), subject: text, probe: text }),
  ]),
)

/** Codes of other versions are read as well; their sentence is then the general one. */
const problemCodeSchema = z.custom<ProblemCode>((value) => typeof value === 'string' && value.length < 100)

const problemSchema = z.looseObject({
  code: problemCodeSchema,
  params: z.record(z.string(), z.union([text, number])),
  detail: text.exactOptional(),
})

/** The member of RunEvent that T belongs to; some members serve two types. */
type EventOf<T, E = RunEvent> = E extends { readonly type: infer U } ? (T extends U ? E : never) : never

/** One member per event type: a type that is added to RunEvent and forgotten here does not compile. */
const eventSchemas: { readonly [T in RunEvent['type']]: z.ZodType<EventOf<T>> } = {
  'run-started': z.looseObject({ type: z.literal('run-started'), spec: runSpecSchema }),
  'series-declared': z.looseObject({ type: z.literal('series-declared'), series: z.array(seriesSchema) }),
  'steady-state-waiting': z.looseObject({
    type: z.literal('steady-state-waiting'),
    obstacles: obstaclesSchema,
  }),
  'window-opened': z.looseObject({ type: z.literal('window-opened') }),
  'phase-started': z.looseObject({
    type: z.enum(['phase-started', 'phase-ended']),
    phase: phaseSchema.shape.id,
  }),
  'phase-ended': z.looseObject({
    type: z.enum(['phase-started', 'phase-ended']),
    phase: phaseSchema.shape.id,
  }),
  'gate-waiting': z.looseObject({
    type: z.literal('gate-waiting'),
    fault: text,
    obstacles: obstaclesSchema,
  }),
  'gate-passed': z.looseObject({ type: z.literal('gate-passed'), fault: text, waitedMs: number }),
  'fault-aimed': z.looseObject({
    type: z.literal('fault-aimed'),
    fault: text,
    kind: faultKindSchema,
    target: targetSchema,
  }),
  'fault-injected': z.looseObject({ type: z.literal('fault-injected'), fault: text }),
  'fault-healing': z.looseObject({ type: z.literal('fault-healing'), fault: text }),
  'fault-healed': z.looseObject({ type: z.literal('fault-healed'), fault: text }),
  'fault-skipped': z.looseObject({
    type: z.literal('fault-skipped'),
    fault: text,
    reason: z.enum(['gate-timeout', 'user', 'cancelled', 'no-target']),
  }),
  'schedule-paused': z.looseObject({ type: z.enum(['schedule-paused', 'schedule-continued']) }),
  'schedule-continued': z.looseObject({ type: z.enum(['schedule-paused', 'schedule-continued']) }),
  'cancel-requested': z.looseObject({ type: z.literal('cancel-requested') }),
  'lab-log': z.looseObject({
    type: z.literal('lab-log'),
    node: text,
    source: text,
    level: text,
    message: text,
  }),
  'problem-met': z.looseObject({ type: z.literal('problem-met'), problem: problemSchema }),
  'window-closed': z.looseObject({ type: z.literal('window-closed') }),
  'run-ended': z.looseObject({
    type: z.literal('run-ended'),
    outcome: z.enum(['completed', 'cancelled', 'failed']),
  }),
}

const eventTypeSchema = z.looseObject({ type: z.enum(Object.keys(eventSchemas) as RunEvent['type'][]) })

/** The event in parsed JSON; undefined when it is none this version knows. */
export function parseRunEvent(value: unknown): RunEvent | undefined {
  const head = eventTypeSchema.safeParse(value)
  if (!head.success) return undefined
  const event = eventSchemas[head.data.type].safeParse(value)
  return event.success ? event.data : undefined
}
