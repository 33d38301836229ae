/** A test plan: phases, faults with their aim, probes and the gate before each fault. Data only; times in seconds. */
import { z } from 'zod'
import { faultKinds } from './fault-kinds.ts'
import { guestIdSchema, hostNameSchema } from './lab.ts'
import { planWindowSeconds } from './plan-window.ts'

export { planWindowSeconds }

/** Which node a fault hits; resolved when the fault is aimed, then journalled. */
export const targetRuleSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('fixed'), node: hostNameSchema }),
  z.strictObject({ rule: z.literal('hosting-guest'), guest: guestIdSchema }),
  z.strictObject({ rule: z.literal('crm-master') }),
  z.strictObject({ rule: z.literal('round-robin') }),
  z.strictObject({ rule: z.literal('random') }),
])

export const faultKindSchema = z.enum(faultKinds)

const secondsSchema = z.number().finite().nonnegative()
const idSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/)

export const plannedFaultSchema = z.strictObject({
  id: idSchema,
  kind: faultKindSchema,
  /** Seconds after the window opens. */
  atSeconds: secondsSchema,
  /** The fault is moved later by a seeded random time below this, so that faults do not all meet the
   * ten-second HA rounds in the same phase. */
  jitterSeconds: secondsSchema.max(600),
  target: targetRuleSchema,
  /** Seconds from injection until the fault is healed (the node is switched on again). */
  healAfterSeconds: secondsSchema.min(1),
})

export const phaseSchema = z.strictObject({
  id: z.enum(['initial', 'main', 'final']),
  durationSeconds: z.number().finite().positive().max(604_800),
})

export const plannedProbeSchema = z.strictObject({
  kind: z.enum(['icmp', 'tcp', 'http']),
  intervalMs: z.int().min(10).max(60_000),
  /** Answers later than this are late, not good. Kept below one second: a TCP connect with a longer
   * deadline is healed by SYN retransmission and hides short outages. */
  deadlineMs: z.int().min(5).max(999),
})

export const planSchema = z
  .strictObject({
    version: z.literal(1),
    id: idSchema,
    phases: z.array(phaseSchema).min(1).max(3),
    faults: z.array(plannedFaultSchema).max(500),
    probes: z.array(plannedProbeSchema).min(1).max(3),
    gate: z.strictObject({
      /** Every probe must have answered for this long before a fault may be injected. */
      probesOkSeconds: secondsSchema.max(3600),
      /** A fault whose gate does not open within this time is skipped, and the journal says why. */
      timeoutSeconds: secondsSchema.max(86_400),
    }),
  })
  .superRefine((plan, context) => {
    const ids = new Set<string>()
    const windowSeconds = planWindowSeconds(plan)
    plan.faults.forEach((fault, index) => {
      if (ids.has(fault.id))
        context.addIssue({ code: 'custom', path: ['faults', index, 'id'], message: 'duplicate' })
      ids.add(fault.id)
      const previous = plan.faults[index - 1]
      if (previous && previous.atSeconds > fault.atSeconds)
        context.addIssue({ code: 'custom', path: ['faults', index, 'atSeconds'], message: 'not in order' })
      if (fault.atSeconds + fault.jitterSeconds + fault.healAfterSeconds > windowSeconds)
        context.addIssue({ code: 'custom', path: ['faults', index, 'atSeconds'], message: 'after the end' })
    })
  })

/** A plan in a file of its own; one copied out of a recipe brings its title and summary, which are not needed. */
export const planFileSchema = planSchema
  .safeExtend({ title: z.json().optional(), summary: z.json().optional() })
  .transform(({ title: _title, summary: _summary, ...plan }) => plan)

export type TargetRule = z.output<typeof targetRuleSchema>
export type FaultKind = z.output<typeof faultKindSchema>
export type PlannedFault = z.output<typeof plannedFaultSchema>
export type Phase = z.output<typeof phaseSchema>
export type PhaseId = Phase['id']
export type PlannedProbe = z.output<typeof plannedProbeSchema>
export type ProbeKind = PlannedProbe['kind']
export type Plan = z.output<typeof planSchema>
