/** Statistics of a few values. Quantiles are of type 7, which is what R, numpy and spreadsheets print. */

/** Undefined for no values. `fraction` in [0, 1]. */
export function quantile(values: readonly number[], fraction: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) return undefined
  return below + (above - below) * (position - Math.floor(position))
}

export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5)
}
