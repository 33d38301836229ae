/** Length of the measured window: all phases together. Apart from the schema, so that the window does not bundle it. */
export function planWindowSeconds(plan: {
  readonly phases: readonly { readonly durationSeconds: number }[]
}): number {
  return plan.phases.reduce((sum, phase) => sum + phase.durationSeconds, 0)
}
