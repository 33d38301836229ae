/** A recipe: one published lab as data. No functions, so that it can be read, printed, translated and checked. */
import { z } from 'zod'
import { labGuestSchema, labNodeSchema, labSchema } from './lab.ts'
import { planSchema } from './plan.ts'

/** The same text in both languages of the product. */
export const localizedTextSchema = z.strictObject({ en: z.string().min(1), id: z.string().min(1) })

export const groupSchema = z.enum(['treatment', 'control'])

/** One hardware variant of the paper ("percobaan"). */
export const trialSchema = z.strictObject({
  id: z.enum(['first', 'second', 'third']),
  title: localizedTextSchema,
  node: labNodeSchema.omit({ name: true }),
  /** Ids of the recipe's guests the paper ran on this variant. */
  guests: z.array(labGuestSchema.shape.id).min(1),
})

export const publishedTableSchema = z.strictObject({
  id: z.string(),
  title: localizedTextSchema,
  unit: z.enum(['percent']),
  /** Cell (trial, guest) as printed; a missing cell was not measured in the paper. */
  cells: z.array(
    z.strictObject({ trial: trialSchema.shape.id, guest: labGuestSchema.shape.id, value: z.number() }),
  ),
})

export const recipeSchema = z.strictObject({
  id: z.string().regex(/^P[0-9]$/),
  version: z.int().min(1),
  title: localizedTextSchema,
  /** Authors, journal, year. */
  source: z.string(),
  summary: localizedTextSchema,
  /** What cannot be reproduced, and why. */
  limits: z.array(localizedTextSchema),
  /** What the paper concludes. */
  claims: z.array(localizedTextSchema).default([]),
  /** Where its evidence is thin. */
  weakPoints: z.array(localizedTextSchema).default([]),
  /** What this product measures in place of, or beside, the paper's figures. */
  measuredInstead: z.array(localizedTextSchema).default([]),
  laptop: labSchema.shape.laptop,
  nodeNames: z.array(labNodeSchema.shape.name).min(1),
  guests: z.array(labGuestSchema),
  ceph: labSchema.shape.ceph,
  trials: z.array(trialSchema).min(1),
  defaultTrial: trialSchema.shape.id,
  plans: z.array(planSchema.safeExtend({ title: localizedTextSchema, summary: localizedTextSchema })).min(1),
  /** The first plan is the published schedule; `rehearsal` names the short one. */
  rehearsalPlan: z.string(),
  publishedTables: z.array(publishedTableSchema),
})

export type LocalizedText = z.output<typeof localizedTextSchema>
export type Group = z.output<typeof groupSchema>
export type Trial = z.output<typeof trialSchema>
export type TrialId = Trial['id']
export type PublishedTable = z.output<typeof publishedTableSchema>
export type Recipe = z.output<typeof recipeSchema>
