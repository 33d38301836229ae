/**
 * TOPSIS: ranks alternatives by their distance to the best and to the worst value of every criterion.
 * All criteria are minimised here.
 */

/**
 * Closeness of each alternative to the ideal one, from 0 (worst) to 1 (best).
 * `alternatives` are rows of criteria with as many columns as `weights`.
 */
export function closenessToIdeal(
  alternatives: readonly (readonly number[])[],
  weights: readonly number[],
): readonly number[] {
  const columns = weights.map((weight, column) => {
    const values = alternatives.map((row) => row[column] ?? 0)
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
    const scaled = norm === 0 ? values : values.map((value) => value / norm)
    return { weight, scaled, best: Math.min(...scaled), worst: Math.max(...scaled) }
  })
  return alternatives.map((_, row) => {
    let toBest = 0
    let toWorst = 0
    for (const { weight, scaled, best, worst } of columns) {
      const value = scaled[row] ?? 0
      const above = weight * (value - best)
      const below = weight * (value - worst)
      // Products, not powers: `**` may differ from them in the last bit, and ties are decided there.
      toBest += above * above
      toWorst += below * below
    }
    const distanceToBest = Math.sqrt(toBest)
    const distanceToWorst = Math.sqrt(toWorst)
    const sum = distanceToBest + distanceToWorst
    return sum === 0 ? 0 : distanceToWorst / sum
  })
}
