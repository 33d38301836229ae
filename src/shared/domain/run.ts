/** What is run: everything that decides the course of a run, fixed before it starts and journalled first. */
import { z } from 'zod'
import { labSchema } from './lab.ts'
import { planSchema } from './plan.ts'
import { groupSchema, trialSchema } from './recipe.ts'

export const runSpecSchema = z.strictObject({
  /** `P0`, or `custom` for a plan and lab of the user's own. */
  recipe: z.string().min(1).max(40),
  recipeVersion: z.int().min(0),
  trial: trialSchema.shape.id,
  /** `treatment`: guests are HA resources. `control`: they are not, and wait for their node. */
  group: groupSchema,
  backend: z.enum(['simulated']),
  seed: z.int().min(0).max(4_294_967_295),
  lab: labSchema,
  plan: planSchema,
})

export type RunSpec = z.output<typeof runSpecSchema>
