/** What the self-test found: how far the program's own outage lengths are from the truth on this machine. */
import { z } from 'zod'
import { plannedProbeSchema } from './plan.ts'

const secondsSchema = z.number().finite()
const countSchema = z.int().min(0)

/**
 * How the service was taken away. `refused`: its socket was closed, the kernel answers with a reset. `silent`: it
 * accepts and never answers, as a hung process does.
 */
export const selfTestFaultSchema = z.enum(['refused', 'silent'])

/** Outages of one nominal length, seen by one kind of probe at one rate. */
export const selfTestRowSchema = z.strictObject({
  kind: plannedProbeSchema.shape.kind,
  fault: selfTestFaultSchema,
  intervalMs: plannedProbeSchema.shape.intervalMs,
  lengthSeconds: secondsSchema.positive(),
  injected: countSchema,
  /** Outages with at least one bad sample. */
  seen: countSchema,
  /** Outages left out of bias and spread because a void sample touched them. */
  censored: countSchema,
  /** Outages whose true length lies in the reported interval [low, high]. */
  covered: countSchema,
  /** Mean of measured minus true length; an outage not seen counts as measured zero. Null when all are censored. */
  biasSeconds: secondsSchema.nullable(),
  /** Standard deviation of measured minus true length. */
  spreadSeconds: secondsSchema.nullable(),
  /** What a perfect probe would show: T * sqrt(f * (1 - f)), f the fraction of length over interval. */
  expectedSpreadSeconds: secondsSchema,
  /** Largest bias that passes: half an interval. */
  boundSeconds: secondsSchema,
  passed: z.boolean(),
})

/** How punctual the probes of one kind and rate were, and how long loopback took to answer. */
export const selfTestTimingSchema = z.strictObject({
  kind: plannedProbeSchema.shape.kind,
  intervalMs: plannedProbeSchema.shape.intervalMs,
  samples: countSchema,
  void: countSchema,
  /** Outages that were measured though none was injected. */
  spurious: countSchema,
  latenessP50Ms: z.number().nullable(),
  latenessP99Ms: z.number().nullable(),
  rttP50Ms: z.number().nullable(),
  rttP99Ms: z.number().nullable(),
})

export const selfTestReportSchema = z.strictObject({
  version: z.literal(1),
  seed: z.int().min(0),
  startedAt: z.string(),
  platform: z.string(),
  durationSeconds: secondsSchema,
  deadlineMs: z.strictObject({ tcp: z.number(), http: z.number() }),
  rows: z.array(selfTestRowSchema),
  timing: z.array(selfTestTimingSchema),
  /**
   * ICMP on loopback is answered by the kernel and cannot be taken away without privileges: it is checked to answer,
   * and timed, but has no rows.
   */
  icmp: z.enum(['answers', 'does-not-answer', 'missing', 'not-permitted']),
  /** Uncertainty of the true times of the outages, the largest of all. */
  truthErrorMs: z.number(),
  /** True when every row passed and no outage was seen that was not there. */
  passed: z.boolean(),
})

export type SelfTestFault = z.output<typeof selfTestFaultSchema>
export type SelfTestRow = z.output<typeof selfTestRowSchema>
export type SelfTestTiming = z.output<typeof selfTestTimingSchema>
export type SelfTestReport = z.output<typeof selfTestReportSchema>
