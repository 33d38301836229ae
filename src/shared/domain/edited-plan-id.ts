/** Longest id a plan may have is 40 characters. */
const keptCharacters = 33

/** Id of a recipe's plan with changes of the user's own, by which lists still tell what it came from. */
export function editedPlanId(plan: string): string {
  return `${plan.slice(0, keptCharacters)}-edited`
}
